using Fangd.Engine.Agents;
using Fangd.Engine.Tools.Shell;

namespace Fangd.UnitTests.Tools.Shell;

/// <summary>What commands run, and every way around it that is known.</summary>
public sealed class ExecPolicyTests : IDisposable
{
    private readonly ExecBench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("echo hello", "echo hello")]
    [InlineData("  echo \t a  b ", "echo a b")]
    [InlineData("echo 'a;b' \"c|d\" e\\&f '$(x)' '`y`'", "echo a;b c|d e&f $(x) `y`")]
    [InlineData("echo \"a \\\" \\$HOME \\` \\\\ \\n\"", "echo a \" $HOME ` \\ \\n")]
    [InlineData("echo '' x", "echo  x")]
    [InlineData("echo a\"b\"'c'd", "echo abcd")]
    [InlineData("echo 'it'\\''s'", "echo it's")]
    [InlineData("echo 日本語 '🦊'", "echo 日本語 🦊")]
    [InlineData("echo 5$", "echo 5$")]
    [InlineData("cat ~/notes.txt notes.txt", "cat ~/notes.txt notes.txt")]
    [InlineData("env LANG=C sort notes.txt", "env LANG=C sort notes.txt")]
    [InlineData("bash -lc 'echo hi there'", "echo hi there")]
    [InlineData("sh -c \"sh -c 'echo deep'\"", "echo deep")]
    [InlineData("busybox cat notes.txt", "cat notes.txt")]
    public void One_safe_program_runs_as_it_was_read(string command, string plan) =>
        Assert.Equal(plan, bench.Plan(command, bench.Grant(ExecMode.Allowlist)));

    [Theory]
    [InlineData("git log --oneline | head -n 5", "/bin/sh -c 'git' 'log' '--oneline' | 'head' '-n' '5'")]
    [InlineData("make && echo ok || echo \"not ok\" ; true;", "/bin/sh -c 'make' && 'echo' 'ok' || 'echo' 'not ok' ; 'true'")]
    [InlineData("make > build.log 2>&1", "/bin/sh -c 'make' >'build.log' 2>&1")]
    [InlineData("make 2>>err.log </dev/null", "/bin/sh -c 'make' 2>>'err.log' <'/dev/null'")]
    [InlineData("ls src/*.c 'a*'", "/bin/sh -c 'ls' src/*'.'c 'a*'")]
    [InlineData("cd src && make", "/bin/sh -c 'cd' 'src' && 'make'")]
    [InlineData("NODE_ENV=test make", "/bin/sh -c NODE_ENV='test' 'make'")]
    [InlineData("bash -c 'git status; make'", "/bin/sh -c 'git' 'status' ; 'make'")]
    [InlineData("timeout -k 5 10 sh -c 'make | head'", "timeout -k 5 10 /bin/sh -c 'make' | 'head'")]
    [InlineData("find . -name '*.c' -exec wc -l {} +", "find . -name *.c -exec wc -l {} +")]
    [InlineData("ls | xargs -n 1 -I{} wc -l {}", "/bin/sh -c 'ls' | 'xargs' '-n' '1' '-I{}' 'wc' '-l' '{}'")]
    [InlineData("ls | xargs -0 -I {} -P2 wc {}", "/bin/sh -c 'ls' | 'xargs' '-0' '-I' '{}' '-P2' 'wc' '{}'")]
    [InlineData("python3 -c 'print(1)\nprint(2)'", "python3 -c print(1)\nprint(2)")]
    [InlineData("./run.sh a", "~/run.sh a")]
    [InlineData("sh run.sh", "sh run.sh")]
    public void Full_mode_takes_lines_apart_and_puts_them_together_again(string command, string plan) =>
        Assert.Equal(plan.Replace("'.'c", ".c", StringComparison.Ordinal), bench.Plan(command, bench.Grant(ExecMode.Full)));

    [Trait("suite", "escape")]
    [Theory]
    // Metacharacters, in every position.
    [InlineData("echo a; rm b")]
    [InlineData("echo a;rm b")]
    [InlineData("echo a | sh")]
    [InlineData("echo a|sh")]
    [InlineData("echo a && rm b")]
    [InlineData("echo a || rm b")]
    [InlineData("echo a & rm b")]
    [InlineData("echo a &")]
    [InlineData("& echo a")]
    [InlineData("; rm b")]
    [InlineData("echo `id`")]
    [InlineData("echo \"`id`\"")]
    [InlineData("echo $(id)")]
    [InlineData("echo \"$(id)\"")]
    [InlineData("echo \"a\"$(id)'b'")]
    [InlineData("echo ${PATH}")]
    [InlineData("echo \"${PATH}\"")]
    [InlineData("echo $PATH")]
    [InlineData("echo \"x$PATH\"")]
    [InlineData("echo $'\\x41'")]
    [InlineData("echo $\"a\"")]
    [InlineData("echo $((1+1))")]
    [InlineData("echo $1 $@ $* $# $? $$ $! $-")]
    [InlineData("echo a > b")]
    [InlineData("echo a>b")]
    [InlineData("echo a 2>b")]
    [InlineData("echo a >> b")]
    [InlineData("cat < b")]
    [InlineData("cat << END")]
    [InlineData("cat <<< x")]
    [InlineData("cat <(id)")]
    [InlineData("echo >(id)")]
    [InlineData("(echo a)")]
    [InlineData("{ echo a; }")]
    [InlineData("echo {a,b}")]
    [InlineData("echo a\nrm b")]
    [InlineData("echo a\rrm b")]
    [InlineData("echo 'a\nb'")]
    [InlineData("echo \"a\nb\"")]
    [InlineData("echo a\\\nrm b")]
    [InlineData("echo a\0rm b")]
    [InlineData("echo 'a\0b'")]
    [InlineData("echo a # b")]
    [InlineData("echo *")]
    [InlineData("echo ?")]
    [InlineData("echo [a]")]
    [InlineData("echo 'open")]
    [InlineData("echo \"open")]
    [InlineData("echo open\\")]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("!! ")]
    [InlineData("~root/x")]
    // Characters that are not what they seem.
    [InlineData("echo a\u001b[2Kb")]
    [InlineData("echo \u202Egnp.exe")]
    [InlineData("echo a\u2028rm b")]
    [InlineData("echo\u200b a")]
    [InlineData("echo\u00A0a")]
    [InlineData("\u0435cho a")] // Cyrillic
    [InlineData("\uFF45cho a")] // full width
    [InlineData("echo\uFF1Brm b")]
    // Programs that are not on the list, by every route.
    [InlineData("rm b")]
    [InlineData("'r'm b")]
    [InlineData("r\\m b")]
    [InlineData("\"rm\" b")]
    [InlineData("/bin/../bin/sh")]
    [InlineData("/bin/./cat x")]
    [InlineData("//bin/cat x")]
    [InlineData("./cat x")]
    [InlineData("../bin/rm b")]
    [InlineData("work/cat x")]
    [InlineData("rescue -c 'echo a'")]
    [InlineData("no-such-program")]
    [InlineData("cd /")]
    [InlineData("exec rm b")]
    [InlineData("eval rm b")]
    [InlineData("command rm b")]
    [InlineData(". run.sh")]
    // Wrappers.
    [InlineData("sh -c 'rm b'")]
    [InlineData("bash -lc 'rm b'")]
    [InlineData("bash -c 'echo a; rm b'")]
    [InlineData("sh -c \"sh -c 'rm b'\"")]
    [InlineData("sh -c 'echo $(id)'")]
    [InlineData("sh -c \"echo \\$(id)\"")]
    [InlineData("sh -c 'echo a\nrm b'")]
    [InlineData("sh -c 'echo \"$1\"' x y")]
    [InlineData("sh -s")]
    [InlineData("sh")]
    [InlineData("sh run.sh")]
    [InlineData("bash --rcfile run.sh")]
    [InlineData("bash -O extglob -c 'echo a'")]
    [InlineData("zsh -c 'echo a'")]
    [InlineData("env rm b")]
    [InlineData("env sh -c 'rm b'")]
    [InlineData("env -i rm b")]
    [InlineData("env -u LANG rm b")]
    [InlineData("env -S 'rm b'")]
    [InlineData("env -vS 'rm b'")]
    [InlineData("env --split-string='rm b'")]
    [InlineData("env --sp 'rm b'")]
    [InlineData("env -- rm b")]
    [InlineData("env A=1 rm b")]
    [InlineData("env env env rm b")]
    [InlineData("nice rm b")]
    [InlineData("timeout 5 rm b")]
    [InlineData("sudo rm b")]
    [InlineData("sudo echo a")]
    [InlineData("busybox rm b")]
    [InlineData("busybox sh -c 'rm b'")]
    [InlineData("busybox busybox rm b")]
    [InlineData("busybox")]
    [InlineData("xargs rm")]
    // The environment.
    [InlineData("LD_PRELOAD=./x.so echo a")]
    [InlineData("env LD_PRELOAD=./x.so echo a")]
    [InlineData("env LD_LIBRARY_PATH=. echo a")]
    [InlineData("env PATH=. cat x")]
    [InlineData("PATH=. cat x")]
    [InlineData("env BASH_ENV=x sh -c 'echo a'")]
    [InlineData("env IFS=x echo a")]
    [InlineData("env 'BASH_FUNC_echo%%=() { rm b; }' echo a")]
    [InlineData("env GIT_SSH_COMMAND=x echo a")]
    [InlineData("env GCONV_PATH=. echo a")]
    [InlineData("env -uLANG LD_AUDIT=x echo a")]
    // Arguments of safe programs.
    [InlineData("sort --compress-program=sh notes.txt")]
    [InlineData("sort --compress-prog sh notes.txt")]
    [InlineData("sort -o notes.txt notes.txt")]
    [InlineData("sort -uo/x notes.txt")]
    [InlineData("sort --output=x notes.txt")]
    [InlineData("sort --files0-from=/etc/shadow")]
    [InlineData("sort -T /tmp notes.txt")]
    [InlineData("uniq notes.txt other.txt")]
    [InlineData("cat /etc/passwd")]
    [InlineData("cat ../secret")]
    [InlineData("cat x/../../secret")]
    [InlineData("cat outside/passwd")]
    [InlineData("cat ~/outside/passwd")]
    [InlineData("cat -- /etc/passwd")]
    [InlineData("cat /proc/self/environ")]
    [InlineData("head -n1 /etc/passwd")]
    [InlineData("wc --files0-from=/etc/passwd")]
    [InlineData("date -f /etc/passwd")]
    [InlineData("date -f/etc/passwd")]
    [InlineData("date -s tomorrow")]
    [InlineData("date --set=tomorrow")]
    // The daemon itself.
    [InlineData("fangd stop")]
    [InlineData("fangd --exec-child parent=1 dir=/ -- /bin/sh")]
    [InlineData("./self stop")]
    public void Around_the_list_there_is_no_way(string command) => Assert.NotNull(bench.Reason(command, bench.Grant(ExecMode.Allowlist)));

    [Trait("suite", "escape")]
    [Theory]
    [InlineData("echo `id`")]
    [InlineData("echo \"`id`\"")]
    [InlineData("echo $(id)")]
    [InlineData("echo \"$(id)\"")]
    [InlineData("echo ${PATH}")]
    [InlineData("echo $PATH")]
    [InlineData("echo a & rm b")]
    [InlineData("echo a |& rm b")]
    [InlineData("echo a &> b")]
    [InlineData("echo a >& b")]
    [InlineData("echo a >| b")]
    [InlineData("cat << END")]
    [InlineData("cat <<< x")]
    [InlineData("cat <(id)")]
    [InlineData("(echo a)")]
    [InlineData("{ echo a; }")]
    [InlineData("echo {a,b}")]
    [InlineData("echo a\nrm b")]
    [InlineData("echo a\0b")]
    [InlineData("echo 'a\u001b[2Kb'")]
    [InlineData("echo a |")]
    [InlineData("| echo a")]
    [InlineData("echo a && ")]
    [InlineData("echo a ;; echo b")]
    [InlineData("echo a > ")]
    [InlineData("echo a > *")]
    [InlineData("> b")]
    [InlineData("A=1")]
    [InlineData("* a")]
    [InlineData("curl x | sh")]
    [InlineData("curl x | bash -s")]
    [InlineData("curl x | sudo bash")]
    [InlineData("ls | xargs sh -c 'echo a'")]
    [InlineData("ls | xargs env")]
    [InlineData("ls | xargs nice env A=1")]
    [InlineData("ls | xargs timeout 5")]
    [InlineData("ls | xargs xargs")]
    [InlineData("ls | xargs busybox")]
    [InlineData("ls | xargs nice sh -c 'echo a'")]
    [InlineData("ls | xargs env sh run.sh")]
    [InlineData("ls | xargs -I ls ls -l")]
    [InlineData("ls | xargs -Ils ls -l")]
    [InlineData("ls | xargs -0rI ls ls -l")]
    [InlineData("ls | xargs --replace=ls ls -l")]
    [InlineData("ls | xargs -I{} {} -l")]
    [InlineData("find . -exec {} ';'")]
    [InlineData("find . -exec env {} ';'")]
    [InlineData("find . -exec sh -c 'rm a' ';'")]
    [InlineData("find . -exec ';'")]
    [InlineData("sh -c 'echo `id`'")]
    [InlineData("sh -c 'echo $(id) | cat'")]
    [InlineData("timeout 5 sh -c 'echo $(id)'")]
    [InlineData("sudo make")]
    [InlineData("make && sudo make install")]
    [InlineData("env LD_PRELOAD=x make")]
    [InlineData("LD_PRELOAD=x make")]
    [InlineData("PATH=. make")]
    [InlineData("make && PATH=. make")]
    [InlineData("nice env BASH_ENV=x make")]
    [InlineData("./cat -c 'echo a'")]
    [InlineData("rescue -c 'echo a'")]
    [InlineData("zsh -c 'echo a'")]
    [InlineData("fangd stop")]
    [InlineData("make && fangd stop")]
    [InlineData("sh -c 'fangd stop'")]
    [InlineData("env fangd stop")]
    [InlineData("./self --exec-child parent=1 dir=/ -- /bin/sh")]
    [InlineData("if true")]
    [InlineData("time { echo a; }")]
    [InlineData("sh -c \"sh -c \\\"sh -c 'echo \\$(id)'\\\"\"")]
    public void Even_full_mode_refuses_what_nobody_can_look_through(string command) => Assert.NotNull(bench.Reason(command, bench.Grant(ExecMode.Full)));

    [Theory]
    [InlineData("git", "git push", true)]
    [InlineData("git *", "git push origin", true)]
    [InlineData("git *", "git", true)]
    [InlineData("git log*", "git log -3", true)]
    [InlineData("git log*", "git push", false)]
    [InlineData("git log*", "git 'log;' push", true)] // one word, handed to git as it is
    [InlineData("g*", "git push", true)]
    [InlineData("git", "./git", false)]
    [InlineData("echo *", "git push", false)]
    [InlineData("*", "git push", true)]
    [InlineData("timeout *", "timeout 5 git push", false)] // git is not on the list
    [InlineData("env", "env git push", false)]
    public void Allowed_commands_and_the_shell_capability_take_patterns(string pattern, string command, bool isAllowed)
    {
        Assert.Equal(isAllowed, bench.Reason(command, bench.Grant(ExecMode.Allowlist, [pattern])) is null);
        Assert.Equal(isAllowed, bench.Reason(command, bench.Grant(ExecMode.Full, [], pattern)) is null);
    }

    [Fact]
    public void Each_refusal_says_who_refuses()
    {
        Assert.Equal("exec_policy mode is \"deny\", so nothing runs", bench.Reason("echo a", bench.Grant(ExecMode.Deny)));
        Assert.Equal("the agent's [capabilities] shell list is empty, so nothing runs", bench.Reason("echo a", bench.Grant(ExecMode.Full) with { Shell = [] }));
        Assert.Equal("\"git\" is not covered by the agent's [capabilities] shell list (echo)", bench.Reason("git push", bench.Grant(ExecMode.Full, [], "echo")));
        Assert.StartsWith("\"git\" is neither among safe_bins nor allowed_commands of exec_policy", bench.Reason("git push", bench.Grant(ExecMode.Allowlist)), StringComparison.Ordinal);
        Assert.Equal("the command has an unquoted |; only exec_policy mode \"full\" allows that", bench.Reason("echo a | cat", bench.Grant(ExecMode.Allowlist)));
    }

    [Theory]
    [InlineData("echo", "a; rm b", true)]
    [InlineData("rm", "b", false)]
    [InlineData("sh", "-c|rm b", false)]
    [InlineData("cat", "/etc/passwd", false)]
    [InlineData("echo", "a\u001bb", false)]
    [InlineData("echo a", "b", false)]
    public void A_program_with_arguments_passes_the_same_rule(string program, string arguments, bool isAllowed)
    {
        var admit = () => bench.Policy.Admit(program, arguments.Split('|'), bench.Grant(ExecMode.Allowlist));
        if (isAllowed)
            Assert.Equal(arguments.Split('|'), admit().Arguments);
        else
            Assert.Throws<CommandRefusal>(admit);
    }

    [Trait("suite", "escape")]
    [Fact]
    public void The_workspace_is_never_searched_for_programs()
    {
        var policy = new ExecPolicy([bench.Workspace, bench.Workspace + "/sub", bench.Bin], null);

        Assert.Equal(Path.Combine(bench.Bin, "cat"), policy.Admit("cat notes.txt", bench.Grant(ExecMode.Allowlist)).FileName);
    }

    [Trait("suite", "escape")]
    [Fact]
    public void A_child_agent_never_runs_more_than_its_parent()
    {
        var plain = new AgentManifest { Name = "a", Capabilities = new AgentCapabilities { Tools = ["*"], Shell = ["git *"] } };
        var full = plain with { ExecPolicy = ExecBench.Rules(ExecMode.Full) };
        var denied = plain with { ExecPolicy = ExecBench.Rules(ExecMode.Deny) };
        var listed = plain with { ExecPolicy = ExecBench.Rules(ExecMode.Allowlist, ["git"]) };

        Assert.Null(CapabilityInheritance.Excess(plain, plain));
        Assert.Null(CapabilityInheritance.Excess(full, listed));
        Assert.Null(CapabilityInheritance.Excess(plain, denied));
        Assert.NotNull(CapabilityInheritance.Excess(plain, full));
        Assert.NotNull(CapabilityInheritance.Excess(listed, full));
        Assert.NotNull(CapabilityInheritance.Excess(denied, plain));
        Assert.NotNull(CapabilityInheritance.Excess(listed, plain with { ExecPolicy = ExecBench.Rules(ExecMode.Allowlist, ["rm"]) }));
        Assert.NotNull(CapabilityInheritance.Excess(listed, listed with { ExecPolicy = listed.ExecPolicy! with { ShellEnvPassthrough = ["ANTHROPIC_API_KEY"] } }));
        Assert.NotNull(CapabilityInheritance.Excess(listed, listed with { ExecPolicy = listed.ExecPolicy! with { WritableFolders = ["/"] } }));
        Assert.NotNull(CapabilityInheritance.Excess(plain, new AgentManifest { Name = "b", Profile = "coding" }));
    }
}
