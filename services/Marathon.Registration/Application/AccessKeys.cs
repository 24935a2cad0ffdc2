using System.Security.Cryptography;
using System.Text;

namespace Marathon.Registration.Application;

/// <summary>
/// The secret that proves a registration is yours. It is derived from the registration's id and a secret of this service (HMAC-SHA-256, 160 bits),
/// so that a request repeated under its idempotency key gets the same answer although only the key's hash is stored.
/// </summary>
public sealed class AccessKeys(string secret)
{
    private const int Bytes = 20;
    private readonly byte[] secret = Encoding.UTF8.GetBytes(secret);

    /// <summary>The key of a registration.</summary>
    public string Of(Guid registrationId) => Convert.ToHexStringLower(HMACSHA256.HashData(secret, registrationId.ToByteArray()).AsSpan(0, Bytes));

    /// <summary>What is stored of a key, and compared.</summary>
    public static byte[] Hash(string accessKey) => SHA256.HashData(Encoding.UTF8.GetBytes(accessKey));
}
