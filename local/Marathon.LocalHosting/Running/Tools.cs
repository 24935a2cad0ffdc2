using System.Diagnostics;
using Aspire.Hosting;

namespace Marathon.LocalHosting;

/// <summary>Programs that are run to their end.</summary>
internal static class Tools
{
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="DistributedApplicationException">It ended with another code than 0; the message carries what it said.</exception>
    public static async Task<string> RunAsync(string file, IEnumerable<string> arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return process.ExitCode == 0 ? await output
            : throw new DistributedApplicationException($"{Path.GetFileName(file)} ended with {process.ExitCode}: {await errors}{await output}");
    }

    /// <summary>Where a program is on PATH, or null.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
