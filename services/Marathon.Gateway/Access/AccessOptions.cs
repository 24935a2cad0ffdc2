namespace Marathon.Gateway.Access;

/// <summary><c>Access:…</c>: who can log in, for how long, and how often one may guess.</summary>
internal sealed record AccessOptions
{
    /// <summary>The secret that sessions are sealed with, the same for every replica of the gateway.</summary>
    public string SessionKey { get; init; } = "";

    /// <summary>Accounts, <c>name:role:hash</c>, one a line or with a semicolon between them.</summary>
    public string? Accounts { get; init; }

    /// <summary>A file with more of them.</summary>
    public string? AccountsFile { get; init; }

    /// <summary>How long a browser stays logged in: a long race day.</summary>
    public TimeSpan CookieLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long a runner's browser keeps a registration open: until the kit has come, mostly.</summary>
    public TimeSpan RunnerLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long a program's token is good.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Attempts at one name from one address before the next has to wait.</summary>
    public int AttemptsAtNameFromAddress { get; init; } = 10;

    /// <summary>Attempts from one address at whatever names. Many people may share it: a whole office does.</summary>
    public int AttemptsFromAddress { get; init; } = 60;

    /// <summary>Attempts at one name from all addresses where it has not logged in before.</summary>
    public int AttemptsAtName { get; init; } = 100;

    /// <summary>Rounds of PBKDF2-HMAC-SHA512 for a new hash, and for the name that nobody has.</summary>
    public int HashRounds { get; init; } = Passwords.Rounds;
}
