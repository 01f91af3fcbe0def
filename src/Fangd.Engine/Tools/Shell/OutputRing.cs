using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Shell;

/// <summary>The newest output of a process that lives on, and how far it has been read. Safe for several threads.</summary>
internal sealed class OutputRing(int size)
{
    private readonly Lock _guard = new(); // guards all below
    private byte[] _bytes = [];
    private long _written;
    private long _read;

    public void Append(ReadOnlySpan<byte> piece)
    {
        lock (_guard)
        {
            if (_bytes.Length == 0)
                _bytes = new byte[size];
            foreach (var one in piece)
                _bytes[_written++ % size] = one;
        }
    }

    /// <summary>
    /// What came since the last time, and how many bytes of it were pushed out before. The first bytes of a character wait for the rest as long as
    /// more may come.
    /// </summary>
    public CappedText Take(bool isOver)
    {
        lock (_guard)
        {
            var lost = Math.Max(0, _written - size - _read);
            _read += lost;
            var fresh = new byte[_written - _read];
            for (var i = 0; i < fresh.Length; i++)
                fresh[i] = _bytes[(_read + i) % size];
            var start = lost > 0 ? CappedOutput.CutHead(fresh) : 0;
            var end = fresh.Length - (isOver ? 0 : CappedOutput.CutTail(fresh));
            _read += end;
            return new CappedText(CappedOutput.Decode(fresh.AsSpan(start..end)), lost > 0 ? lost + start : 0);
        }
    }
}
