using System.Security.Cryptography;
using System.Text;

namespace Marathon.Dashboard;

/// <summary>The secret that proves a registration is one's own; only its SHA-256, in base64, is known here.</summary>
internal static class AccessKey
{
    private static readonly string NobodysHash = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));

    /// <summary>Compares in constant time, and takes as long when there is nothing to compare with.</summary>
    public static bool Opens(string? hash, string? presented)
    {
        var expected = Encoding.UTF8.GetBytes(hash ?? NobodysHash);
        var actual = Encoding.UTF8.GetBytes(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(presented ?? ""))));
        return CryptographicOperations.FixedTimeEquals(expected, actual) & hash is not null & presented is not null;
    }
}
