using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace Marathon.LocalHosting;

/// <summary>A PostgreSQL server of this machine, with its data in the data folder.</summary>
internal sealed class PostgresProcess(PostgresServerResource resource, int port, DataFolder data, Action<string> say) : LocalProcess
{
    /// <summary>
    /// For glibc: a server's process keeps what it has once had, instead of giving it back after every statement and asking for it, empty pages and all, for the next.
    /// A sell-out takes a tenth less of PostgreSQL's processor time (docs/performance.md).
    /// </summary>
    private static readonly Dictionary<string, string> KeepMemory = new()
    {
        ["MALLOC_TOP_PAD_"] = "4194304",
        ["MALLOC_TRIM_THRESHOLD_"] = "67108864",
        ["MALLOC_MMAP_THRESHOLD_"] = "16777216",
    };

    private readonly PostgresBinaries binaries = PostgresBinaries.Find();
    private readonly PostgresUser user = PostgresUser.Choose();
    private readonly bool keepsData = resource.HasAnnotationOfType<KeepDataAnnotation>();
    private string folder = "";
    private bool prepared;

    // Fast shutdown: rolls back what is open and writes a checkpoint. (SIGTERM would wait for every client to leave.)
    public override PosixSignalNumber StopSignal => PosixSignalNumber.Interrupt;

    private string Cluster => Path.Combine(folder, "data");

    public override async Task PrepareAsync(CancellationToken ct)
    {
        if (!prepared)
        {
            folder = await ReachableFolderAsync(ct);
            if (!keepsData && Directory.Exists(Cluster)) Directory.Delete(Cluster, recursive: true);
            if (!Directory.Exists(Cluster))
            {
                say("making a new database cluster");
                if (data.IsTest && Environment.GetEnvironmentVariable("MARATHON_TEST_CLUSTER") is { Length: > 0 } template) await CopyAsync(template, ct);
                else await InitialiseAsync(ct);
            }
            prepared = true;
        }
        RemoveStaleLock();
    }

    public override async Task<Launch> DescribeAsync(CancellationToken ct)
    {
        // A socket's path is at most 107 bytes long.
        var sockets = folder.Length <= 80 ? folder : "";
        (string Name, string Value)[] settings =
        [
            ("port", $"{port}"),
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", sockets),
            ("max_connections", "300"),
            ("shared_buffers", "256MB"),
            ("max_wal_size", "2GB"),
            ("wal_level", "replica"),
            ("max_wal_senders", "0"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            ("cluster_name", "marathon"),
            // After a crash the file system is told once to write what it holds back, where the server would tell it for each of thousands of files: with six databases that is
            // eleven seconds of a machine with two cores before it begins to recover.
            ("recovery_init_sync_method", "syncfs"),
        ];
        var command = user.Wrap(
            [
                binaries.Postgres, "-D", Cluster, .. settings.SelectMany(setting => new[] { "-c", $"{setting.Name}={setting.Value}" }),
                .. await ArgumentsOfAsync(resource, ct),
            ]);
        // Its children leave the process group; an immediate shutdown first tells them to end.
        return new Launch(command[0], command[1..], KeepMemory, "/", LastSignal: "QUIT");
    }

    public override async Task<string?> CheckHealthAsync(CancellationToken ct)
    {
        var server = await resource.ConnectionStringExpression.GetValueAsync(ct);
        // The one of the last time, if it still works: a new one every other second would take the server two in a hundred of a core.
        await using var connection = new NpgsqlConnection($"{server};Database=postgres;Maximum Pool Size=1;Timeout=5");
        await connection.OpenAsync(ct);
        var present = new HashSet<string>();
        await using (var query = new NpgsqlCommand("SELECT datname FROM pg_database", connection))
        await using (var reader = await query.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) present.Add(reader.GetString(0));
        foreach (var missing in resource.Databases.Values.Where(name => !present.Contains(name)))
        {
            await using var create = new NpgsqlCommand($"CREATE DATABASE \"{missing.Replace("\"", "\"\"")}\"", connection);
            await create.ExecuteNonQueryAsync(ct);
            say($"created the database {missing}");
        }
        return null;
    }

    /// <summary>The folder, writable by the server's user; another place when that user cannot get into the data folder.</summary>
    private async Task<string> ReachableFolderAsync(CancellationToken ct)
    {
        var wanted = data.Combine(resource.Name);
        if (await user.TryOwnAsync(wanted, ct)) return wanted;
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(wanted)))[..8];
        var other = Path.Combine("/var/lib/marathon", hash);
        if (!await user.TryOwnAsync(other, ct))
            throw new DistributedApplicationException($"The user '{user.Name}' can write neither to {wanted} nor to {other}.");
        if (data.IsTest) data.Outside.Add(other);
        // For whoever resets the data: they are not all below the data folder.
        await File.WriteAllTextAsync(data.Combine("postgres.location"), other, ct);
        say($"the user '{user.Name}' cannot get into {wanted}; the data are in {other}");
        return other;
    }

    private async Task InitialiseAsync(CancellationToken ct)
    {
        // Made beside and moved when whole, so that a half-made one is never taken for the real one.
        var fresh = Path.Combine(folder, "data.new");
        if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        var secret = Path.Combine(folder, "password.new");
        await using (var file = new FileStream(secret, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        })) await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(await resource.PasswordParameter.GetValueAsync(ct) + "\n"), ct);
        try
        {
            await user.OwnAsync(secret, ct);
            await InitDbAsync(fresh, ct, $"--pwfile={secret}", "--auth=scram-sha-256");
            Directory.Move(fresh, Cluster);
        }
        finally
        {
            File.Delete(secret);
        }
    }

    /// <summary>
    /// For a run of many tests with servers of their own: the first makes the template, and everybody copies it. It asks for no password, which is what a connection
    /// costs most; no data outlive the test that are worth one.
    /// </summary>
    private async Task CopyAsync(string template, CancellationToken ct)
    {
        await using (await TurnAsync(template + ".lock", ct))
        {
            if (!Directory.Exists(template))
            {
                var fresh = template + ".new";
                if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
                if (!await user.TryOwnAsync(fresh, ct)) throw new DistributedApplicationException($"The user '{user.Name}' cannot write to {fresh}.");
                await InitDbAsync(fresh, ct, "--auth=trust", "--no-sync");
                Directory.Move(fresh, template);
            }
        }
        var whole = Cluster + ".new";
        var copy = user.Wrap(["cp", "-a", template, whole]);
        await Tools.RunAsync(copy[0], copy[1..], ct);
        Directory.Move(whole, Cluster);
    }

    private async Task InitDbAsync(string cluster, CancellationToken ct, params string[] options)
    {
        var superuser = await resource.UserNameReference.GetValueAsync(ct);
        // Both order by code points; but for C.UTF-8 the server asks the C library about every two texts that it compares.
        var command = user.Wrap([binaries.InitDb, "-D", cluster, "-U", superuser!, .. options, "--encoding=UTF8", "--locale=C.UTF-8", "--lc-collate=C"]);
        await Tools.RunAsync(command[0], command[1..], ct);
    }

    /// <summary>Waits until nobody else, in this process or another, has the file open.</summary>
    private static async Task<FileStream> TurnAsync(string file, CancellationToken ct)
    {
        while (true)
        {
            try { return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
            catch (IOException error) when (error is not DirectoryNotFoundException) { await Task.Delay(50, ct); }
        }
    }

    /// <summary>After a kill or a crash of the machine the lock file may name a process that is somebody else by now.</summary>
    private void RemoveStaleLock()
    {
        var file = Path.Combine(Cluster, "postmaster.pid");
        if (!File.Exists(file)) return;
        var pid = File.ReadLines(file).FirstOrDefault()?.Trim();
        var isServer = int.TryParse(pid, CultureInfo.InvariantCulture, out _) && File.Exists($"/proc/{pid}/comm")
            && File.ReadAllText($"/proc/{pid}/comm").StartsWith("postgres", StringComparison.Ordinal);
        if (!isServer) File.Delete(file);
    }
}

/// <summary>The programs of a PostgreSQL server on this machine.</summary>
internal sealed record PostgresBinaries(string InitDb, string Postgres)
{
    /// <summary>
    /// On PATH, else the newest below <c>/usr/lib/postgresql</c> (or <c>/usr/pgsql-*</c>), else the one that <c>./marathon</c> fetched into
    /// <c>.marathon/postgresql</c>.
    /// </summary>
    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public static PostgresBinaries Find()
    {
        var installed = (string[])[.. Folders("/usr/lib/postgresql", "*"), .. Folders("/usr", "pgsql-*")];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(installed.OrderByDescending(Version).Select(folder => Path.Combine(folder, "bin")))
            .Concat(FoldersAbove().Select(folder => Path.Combine(folder, ".marathon", "postgresql", "bin")));
        return folders.Select(folder => new PostgresBinaries(Path.Combine(folder, "initdb"), Path.Combine(folder, "postgres")))
            .FirstOrDefault(found => File.Exists(found.InitDb) && File.Exists(found.Postgres))
            ?? throw new DistributedApplicationException(
                "No PostgreSQL server on this machine. Install one (Debian, Ubuntu: sudo apt-get install postgresql; Fedora: sudo dnf install " +
                "postgresql-server), or put the folder with initdb and postgres on PATH.");
    }

    private static IEnumerable<string> FoldersAbove()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent) yield return folder.FullName;
    }

    private static IEnumerable<string> Folders(string parent, string pattern) =>
        Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, pattern) : [];

    private static double Version(string folder) => double.TryParse(
        Path.GetFileName(folder).Split('-')[^1], CultureInfo.InvariantCulture, out var version) ? version : 0;
}
