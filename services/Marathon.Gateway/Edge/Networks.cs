using System.Net;
using System.Net.Sockets;

namespace Marathon.Gateway.Edge;

/// <summary>Where visitors come from.</summary>
internal static class Networks
{
    /// <summary>
    /// What counts as one visitor: an IPv4 address, or a /64 of IPv6. One customer of a provider has the whole of that, and could come from each of its addresses in turn.
    /// </summary>
    public static string Of(IPAddress? address)
    {
        if (address is null) return "";
        address = Plain(address);
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    /// <summary>Roughly, so that it is no person's: a /24 of IPv4, a /48 of IPv6.</summary>
    public static string Coarse(IPAddress? address)
    {
        if (address is null) return "unknown";
        address = Plain(address);
        var (bytes, bits) = (address.GetAddressBytes(), address.AddressFamily == AddressFamily.InterNetworkV6 ? 48 : 24);
        Array.Clear(bytes, bits / 8, bytes.Length - bits / 8);
        return $"{new IPAddress(bytes)}/{bits}";
    }

    public static bool Contain(this IEnumerable<IPNetwork> networks, IPAddress? address)
    {
        if (address is null) return false;
        address = Plain(address);
        return networks.Any(network => network.Contains(address));
    }

    /// <summary>Networks (<c>10.0.0.0/8</c>) and single addresses, with blanks or commas between them.</summary>
    /// <exception cref="InvalidOperationException">One of them cannot be read; <paramref name="key"/> is where it stands.</exception>
    public static IReadOnlyList<IPNetwork> Read(string? list, string key) =>
        [.. (list ?? "").Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries).Select(entry =>
            IPNetwork.TryParse(entry, out var network) ? network
            : IPAddress.TryParse(entry, out var address) ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32)
            : throw new InvalidOperationException($"{key}: '{entry}' is neither an address nor a network like 10.0.0.0/8."))];

    /// <summary>A socket that takes both kinds names an IPv4 address as one of IPv6.</summary>
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
