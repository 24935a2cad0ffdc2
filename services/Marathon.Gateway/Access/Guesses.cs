using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Marathon.Gateway.Access;

/// <summary>
/// How often somebody may try to log in. Each of three buckets gives attempts and fills up again by and by: one for an address, one for a name from an
/// address, one for a name from everywhere. The last is not asked for an address where the account has logged in before: so whoever guesses at a name
/// from many places keeps other strangers out, and not its owner. Kept by each replica for itself, in memory.
/// </summary>
internal sealed class Guesses(AccessOptions options) : IDisposable
{
    private static readonly TimeSpan Unknown = TimeSpan.FromSeconds(30);

    private readonly PartitionedRateLimiter<string> ofAddress = Buckets(options.AttemptsFromAddress, TimeSpan.FromSeconds(2));
    private readonly PartitionedRateLimiter<(string Name, string Address)> ofNameAndAddress = Buckets<(string, string)>(options.AttemptsAtNameFromAddress, TimeSpan.FromSeconds(30));
    private readonly PartitionedRateLimiter<string> ofName = Buckets(options.AttemptsAtName, TimeSpan.FromSeconds(30));
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> home = new();

    /// <summary>Takes one attempt. How long to wait, when there is none left.</summary>
    public TimeSpan? Wait(string name, IPAddress? from)
    {
        var address = Network(from);
        return Wait(ofAddress.AttemptAcquire(address))
            ?? Wait(ofNameAndAddress.AttemptAcquire((name, address)))
            ?? (IsHome(name, address) ? null : Wait(ofName.AttemptAcquire(name)));
    }

    /// <summary>The account has logged in from there.</summary>
    public void Succeeded(string name, IPAddress? from)
    {
        var addresses = home.GetOrAdd(name, _ => new());
        if (addresses.Count < 100) addresses[Network(from)] = true;
    }

    public void Dispose()
    {
        ofAddress.Dispose();
        ofNameAndAddress.Dispose();
        ofName.Dispose();
    }

    private bool IsHome(string name, string address) => home.TryGetValue(name, out var addresses) && addresses.ContainsKey(address);

    private static TimeSpan? Wait(RateLimitLease lease)
    {
        using (lease) return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Unknown;
    }

    /// <summary>One customer of a provider has a whole /64 of IPv6, and could come from each of its addresses in turn.</summary>
    private static string Network(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private static PartitionedRateLimiter<string> Buckets(int size, TimeSpan refill) => Buckets<string>(size, refill);

    private static PartitionedRateLimiter<T> Buckets<T>(int size, TimeSpan refill) where T : notnull => PartitionedRateLimiter.Create<T, T>(key =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = size,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = refill,
            QueueLimit = 0,
        }));
}
