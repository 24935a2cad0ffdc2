using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marathon.Fulfilment.Adapters.Carrier;

/// <summary>
/// Who calls back is known by a signature, <c>X-Carrier-Signature: t=1764000000,v1=hex</c>: HMAC-SHA256 of <c>t.body</c> under the secret that the carrier and
/// we share; <c>t</c> is when it was signed, in seconds since 1970, so that one that was overheard is soon worth nothing.
/// </summary>
internal static class CallbackSignature
{
    public const string Header = "X-Carrier-Signature";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static string Sign(string secret, byte[] body, DateTimeOffset now)
    {
        var at = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={at},v1={Convert.ToHexStringLower(Mac(secret, at, body))}";
    }

    /// <summary>Compares in constant time.</summary>
    public static bool IsRight(string? presented, string secret, byte[] body, DateTimeOffset now)
    {
        if (secret.Length == 0 || presented?.Split(',') is not [['t', '=', .. var at], ['v', '1', '=', .. var mac]]) return false;
        if (!long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || Math.Abs(now.ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds) return false;
        return mac.Length == 2 * HMACSHA256.HashSizeInBytes && mac.All(char.IsAsciiHexDigit)
            && CryptographicOperations.FixedTimeEquals(Convert.FromHexString(mac), Mac(secret, at, body));
    }

    private static byte[] Mac(string secret, string at, byte[] body) => 
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(at + ".").Concat(body).ToArray());
}
