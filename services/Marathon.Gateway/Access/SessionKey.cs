using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Marathon.Gateway.Access;

/// <summary>
/// The key ring of ASP.NET Core's data protection with one key in it, derived from the secret <c>Access:SessionKey</c>. So every replica has the same
/// key, it outlives a restart, and there is no folder of keys to share and to guard. A new secret ends all sessions.
/// </summary>
internal sealed class SessionKey : IXmlRepository
{
    private const int Shortest = 32;
    private readonly XElement key;

    public SessionKey(string secret)
    {
        if (secret.Length < Shortest)
            throw new InvalidOperationException($"Access:SessionKey is not set, or has less than {Shortest} characters. The AppHost sets it; a gateway started alone needs it in its environment.");
        var descriptor = new AuthenticatedEncryptorDescriptor(new AuthenticatedEncryptorConfiguration(), new Secret(Derive(secret, "key", 64))).ExportToXml();
        key = new XElement("key",
            new XAttribute("id", new Guid(Derive(secret, "id", 16))), new XAttribute("version", 1),
            new XElement("creationDate", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            new XElement("activationDate", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            new XElement("expirationDate", new DateTimeOffset(2126, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            new XElement("descriptor", new XAttribute("deserializerType", descriptor.DeserializerType.AssemblyQualifiedName!), descriptor.SerializedDescriptorElement));
    }

    public IReadOnlyCollection<XElement> GetAllElements() => [new(key)];

    public void StoreElement(XElement element, string friendlyName) => throw new InvalidOperationException("The key ring is derived and takes no other key.");

    private static byte[] Derive(string secret, string purpose, int length) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), length, info: Encoding.UTF8.GetBytes("marathon session " + purpose));
}

internal static class SessionKeyExtensions
{
    public static void AddSessionKey(this IServiceCollection services, string secret)
    {
        var repository = new SessionKey(secret);
        services.AddDataProtection().SetApplicationName("marathon").DisableAutomaticKeyGeneration();
        services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = repository);
    }
}
