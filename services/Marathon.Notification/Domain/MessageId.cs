using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marathon.Notification.Domain;

/// <summary>
/// The id of a message, made of what caused it and whom it is about: whoever makes it again makes the same, so that one cause has one message of a kind, and the
/// provider knows it. It begins like the registration's, which begins with the time, so that new ones lie side by side in an index. (UUID version 8, RFC 9562.)
/// </summary>
public static class MessageId
{
    /// <summary>Of a message of <paramref name="kind"/> about a registration, caused by the event <paramref name="stream"/>/<paramref name="version"/>.</summary>
    public static Guid Of(Guid registrationId, string kind, string stream, int version)
    {
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes], registration = stackalloc byte[16];
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{registrationId}/{kind}/{stream}/{version}")), id);
        registrationId.TryWriteBytes(registration, bigEndian: true, out _);
        registration[..6].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id[..16], bigEndian: true);
    }
}
