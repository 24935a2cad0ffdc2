using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Marathon.Gateway.Access;

/// <summary>
/// ASP.NET Core Identity's hasher: PBKDF2 with a salt for each, the rounds written into the hash. A few run at once, so that a flood of logins leaves
/// the processors to those who register.
/// </summary>
internal sealed class Passwords(AccessOptions options) : IDisposable
{
    /// <summary>OWASP, Password Storage Cheat Sheet: PBKDF2-HMAC-SHA512, 210,000.</summary>
    public const int Rounds = 210_000;

    /// <summary>In characters. Long ones are better than those with signs in them: NIST SP 800-63B, 5.1.1.</summary>
    public const int Shortest = 12, Longest = 200;

    private readonly PasswordHasher<Account> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.HashRounds }));
    private readonly ConcurrencyLimiter turns = new(new ConcurrencyLimiterOptions { PermitLimit = Math.Max(1, Environment.ProcessorCount / 2), QueueLimit = 20 });
    private string? nobodys;

    public string Hash(string password) => hasher.HashPassword(null!, password);

    /// <summary>As long for a name that nobody has as for one with another password. Null: too many are asking, nothing was checked.</summary>
    public async ValueTask<bool?> IsRightAsync(Account? account, string password, CancellationToken cancellationToken)
    {
        using var turn = await turns.AcquireAsync(1, cancellationToken);
        if (!turn.IsAcquired) return null;
        nobodys ??= Hash(Guid.NewGuid().ToString());
        var result = hasher.VerifyHashedPassword(null!, account?.PasswordHash ?? nobodys, password);
        return account is not null && result != PasswordVerificationResult.Failed;
    }

    public void Dispose() => turns.Dispose();
}
