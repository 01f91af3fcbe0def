using System.Buffers.Text;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Processes;

/// <summary>
/// All processes of a session. A process may leave its group, but the sandbox lets none leave its session, so that killing the session
/// leaves nobody behind.
/// </summary>
internal static class ProcessSession
{
    /// <summary>A killed process takes a moment to go, and one that forks meanwhile is met again; one that sleeps in a driver may never go.</summary>
    private const int Rounds = 200;

    private const int PauseMilliseconds = 5;

    /// <summary>
    /// Kills everything in the session except its leader, whose number must still be taken, by itself or by its zombie. True when something was
    /// there.
    /// </summary>
    public static bool KillMembers(int leader)
    {
        SpawnCalls.SignalGroup(leader, SpawnCalls.Sigkill);
        var found = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                || pid == leader || !IsAliveIn(leader, folder))
                continue;
            found = true;
            SpawnCalls.Signal(pid, SpawnCalls.Sigkill);
        }
        return found;
    }

    /// <summary>Kills everything but the leader until nothing is left, for a second at most. Blocks.</summary>
    public static void EndMembers(int leader)
    {
        for (var round = 0; round < Rounds && KillMembers(leader); round++)
            SpawnCalls.Pause(PauseMilliseconds);
    }

    private static bool IsAliveIn(int session, string folder)
    {
        Span<byte> text = stackalloc byte[512];
        try
        {
            using SafeFileHandle file = File.OpenHandle(folder + "/stat");
            text = text[..RandomAccess.Read(file, text, 0)];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        // "pid (name) state ppid pgrp session …": the name may hold anything, so count from its end.
        var rest = text[(text.LastIndexOf((byte)')') + 1)..];
        if (rest.Length < 4 || rest[1] is (byte)'Z' or (byte)'X')
            return false;
        for (var i = 0; i < 4; i++)
            rest = rest[(rest.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(rest, out int found, out _) && found == session;
    }
}
