using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Marathon.LocalHosting;

/// <summary>How to start a process.</summary>
/// <param name="LastSignal">What its guardian sends first when the host is gone; the whole group is killed anyway.</param>
internal sealed record Launch(
    string File,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    string LastSignal = "KILL");

/// <summary>
/// A child process that cannot outlive us. It leads a session and process group of its own, in which a guardian (a shell) reads from a pipe
/// whose only writer is this process. However we end, the kernel closes the pipe, and the guardian kills the group. While the guardian is in
/// the group the kernel gives the group's number to nobody else, so it can never kill a stranger.
/// <para>
/// It is scheduled as a batch (Linux's SCHED_BATCH), where that can be had: sixty processes that wake one another for small pieces of work do not
/// also drive one another from the processor each time. A sell-out on two cores takes a quarter less of them (docs/performance.md).
/// </para>
/// </summary>
internal sealed partial class GuardedProcess
{
    private const string Guarded = """
        exec 3<&0
        { read -r _ <&3; [ "$1" = KILL ] || { kill -s "$1" "$$" && sleep 1; }; kill -s KILL -- "-$$"; } >/dev/null 2>&1 &
        shift
        chrt --batch --pid 0 "$$" >/dev/null 2>&1
        exec {0}"$@" 3<&- </dev/null
        """;

    private readonly Process process;

    private GuardedProcess(Process process, Action<string> onLine)
    {
        this.process = process;
        Id = process.Id;
        Exited = WaitAsync();
        Output = Task.WhenAll(PassOnAsync(process.StandardOutput, onLine), PassOnAsync(process.StandardError, onLine));
    }

    public int Id { get; }

    /// <summary>The exit code; 128 + n when ended by signal n.</summary>
    public Task<int> Exited { get; }

    /// <summary>Ends when all that it wrote has been passed on.</summary>
    public Task Output { get; }

    /// <param name="onLine">Gets each line of standard output and error, on any thread.</param>
    /// <exception cref="Win32Exception">The program could not be started.</exception>
    public static GuardedProcess Start(Launch launch, Action<string> onLine)
    {
        var start = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = launch.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in launch.Environment) start.Environment[name] = value;
        var script = Guarded.Replace("{0}", CarryOddNames(start.Environment));
        foreach (var argument in (string[])["sh", "-c", script, "guardian", launch.LastSignal, launch.File, .. launch.Arguments])
            start.ArgumentList.Add(argument);
        return new GuardedProcess(Process.Start(start)!, onLine);
    }

    /// <summary>
    /// A shell may drop variables whose names are none in its own language, such as <c>ConnectionStrings__race-db</c>. They travel as values
    /// of variables with plain names, and <c>env</c> puts them back.
    /// </summary>
    private static string CarryOddNames(IDictionary<string, string?> environment)
    {
        var odd = environment.Where(variable => !PlainName().IsMatch(variable.Key)).ToArray();
        foreach (var (index, variable) in odd.Index())
        {
            environment.Remove(variable.Key);
            environment[$"GUARDED_{index}"] = $"{variable.Key}={variable.Value}";
        }
        var numbers = Enumerable.Range(0, odd.Length).ToArray();
        return odd.Length == 0 ? ""
            : $"env {string.Join(' ', numbers.Select(n => $"-u GUARDED_{n}"))} {string.Join(' ', numbers.Select(n => $"\"$GUARDED_{n}\""))} ";
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex PlainName();

    /// <summary>Asks it to end, and kills it if it has not by the deadline.</summary>
    public async Task StopAsync(PosixSignalNumber signal, TimeSpan deadline)
    {
        Send(signal);
        if (await Task.WhenAny(Exited, Task.Delay(deadline)) != Exited) Send(PosixSignalNumber.Kill);
        await Exited;
    }

    public void Send(PosixSignalNumber signal)
    {
        if (!process.HasExited) _ = Kill(Id, (int)signal);
    }

    private async Task<int> WaitAsync()
    {
        await process.WaitForExitAsync();
        // The guardian now clears away what the process may have left behind in its group.
        process.StandardInput.Close();
        return process.ExitCode;
    }

    private static async Task PassOnAsync(StreamReader from, Action<string> onLine)
    {
        while (await from.ReadLineAsync() is { } line) onLine(line);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}

/// <summary>Signals by their number on Linux.</summary>
internal enum PosixSignalNumber
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
