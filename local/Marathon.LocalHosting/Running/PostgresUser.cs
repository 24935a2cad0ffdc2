using Aspire.Hosting;

namespace Marathon.LocalHosting;

/// <summary>Who the server runs as: PostgreSQL refuses to run as root, so root picks somebody without rights.</summary>
/// <param name="Name">Null for whoever we are.</param>
internal sealed record PostgresUser(string? Name)
{
    public static PostgresUser Choose()
    {
        if (Environment.UserName != "root") return new PostgresUser((string?)null);
        var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        return new PostgresUser(known.Contains("postgres") ? "postgres" : "nobody");
    }

    /// <summary>A command as this user. The process keeps its id: nothing stands between it and us.</summary>
    public string[] Wrap(string[] command) => Name is null ? command : ["setpriv", $"--reuid={Name}", $"--regid={Group}", "--clear-groups", "--", .. command];

    /// <summary>Makes the folder this user's own; false when the user cannot get into it.</summary>
    public async Task<bool> TryOwnAsync(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        if (Name is null) return true;
        await OwnAsync(folder, ct);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var test = Wrap(["test", "-w", folder, "-a", "-x", folder]);
            await Tools.RunAsync(test[0], test[1..], ct);
            return true;
        }
        catch (DistributedApplicationException)
        {
            return false;
        }
    }

    public Task OwnAsync(string path, CancellationToken ct) =>
        Name is null ? Task.CompletedTask : Tools.RunAsync("chown", ["-R", $"{Name}:{Group}", path], ct);

    private string Group
    {
        get
        {
            // The user's own group: "nobody" has "nogroup" on some systems and "nobody" on others.
            var gid = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == Name)[3];
            return gid;
        }
    }
}
