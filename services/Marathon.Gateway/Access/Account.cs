using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Marathon.Gateway.Access;

/// <summary>Somebody who can log in. Written as <c>name:role:hash</c>.</summary>
internal sealed partial record Account(string Name, Callers Role, string PasswordHash)
{
    /// <summary>Changes with the password: what was issued under the old one ends with it.</summary>
    public string Stamp => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(PasswordHash)).AsSpan(0, 16));

    /// <summary>Null when it cannot be read as an account.</summary>
    public static Account? Read(string line) =>
        line.Split(':') is [var name, var role, var hash] && IsName(name) && Roles.ByName.TryGetValue(role, out var known) && Base64.IsValid(hash, out var length) && length > 0
            ? new Account(name, known, hash)
            : null;

    /// <summary>Small letters, digits, dot, hyphen, underscore: it travels in headers and is typed at the desk.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    /// <summary>How a name is compared: people write it with a capital, or a blank after it.</summary>
    public static string Normal(string name) => name.Trim().ToLowerInvariant();

    public override string ToString() => $"{Name}:{Role.Name()}:{PasswordHash}";

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,39}$", RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();
}
