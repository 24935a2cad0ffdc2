using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace Marathon.LocalHosting;

/// <summary>Where the data, the logs and the secrets are; for a test a private folder that is deleted at the end.</summary>
internal sealed class DataFolder : IDisposable
{
    private const string TestPrefix = "marathon-test-";
    private FileStream? held;

    private DataFolder(string path, bool isTest)
    {
        FullPath = Path.GetFullPath(path);
        IsTest = isTest;
        Secrets = new SecretFile(Combine("secrets.json"));
    }

    public string FullPath { get; }
    public bool IsTest { get; }
    public SecretFile Secrets { get; }

    /// <summary>Folders elsewhere that belong to this one, deleted with it.</summary>
    public List<string> Outside { get; } = [];

    public static DataFolder Of(IDistributedApplicationBuilder builder) => builder switch
    {
        DistributedApplicationBuilder ours => ours.Folder,
        EntryPointTestingBuilder test => test.Folder,
        _ => throw new InvalidOperationException("A builder of another kind."),
    };

    public static DataFolder ForRun(string? configured, string appHostDirectory) =>
        new(configured is { Length: > 0 } ? configured : Path.Combine(appHostDirectory, "..", ".marathon"), isTest: false);

    public static DataFolder ForTest()
    {
        SweepAbandoned();
        return new(Path.Combine(Path.GetTempPath(), $"{TestPrefix}{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}"), isTest: true);
    }

    public string Combine(params ReadOnlySpan<string> names) => Path.Combine([FullPath, .. names]);

    /// <summary>Makes sure that no other host works in this folder.</summary>
    /// <exception cref="DistributedApplicationException">Another does.</exception>
    public void Hold()
    {
        Directory.CreateDirectory(FullPath);
        try
        {
            held = new FileStream(Combine("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DistributedApplicationException(
                $"Marathon is running already with the data in {FullPath}. Stop it first, or set MARATHON_DATA to another folder.");
        }
    }

    public void Dispose()
    {
        held?.Dispose();
        if (!IsTest) return;
        foreach (var folder in Outside.Append(FullPath)) Delete(folder);
    }

    private static void SweepAbandoned()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), TestPrefix + "*"))
        {
            var owner = Path.GetFileName(folder)[TestPrefix.Length..].Split('-')[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out var pid) && !Directory.Exists($"/proc/{pid}")) Delete(folder);
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is in the temporary folder; the next test's sweep, or the system's, takes it.
        }
    }
}
