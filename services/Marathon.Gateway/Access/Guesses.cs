using System.Collections.Concurrent;
using System.Net;
using Marathon.Gateway.Edge;

namespace Marathon.Gateway.Access;

/// <summary>
/// How often somebody may try to log in. Each of three buckets gives attempts and fills up again by and by: one for an address, one for a name from an
/// address, one for a name from everywhere. The last is not asked for an address where the account has logged in before: so whoever guesses at a name
/// from many places keeps other strangers out, and not its owner. Kept by each replica for itself, in memory.
/// </summary>
internal sealed class Guesses(AccessOptions options) : IDisposable
{
    private readonly Buckets<string> ofAddress = new(options.AttemptsFromAddress, TimeSpan.FromSeconds(2));
    private readonly Buckets<(string Name, string Address)> ofNameAndAddress = new(options.AttemptsAtNameFromAddress, TimeSpan.FromSeconds(30));
    private readonly Buckets<string> ofName = new(options.AttemptsAtName, TimeSpan.FromSeconds(30));
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> home = new();

    /// <summary>Takes one attempt. How long to wait, when there is none left.</summary>
    public TimeSpan? Wait(string name, IPAddress? from)
    {
        var address = Networks.Of(from);
        return ofAddress.Take(address) ?? ofNameAndAddress.Take((name, address)) ?? (IsHome(name, address) ? null : ofName.Take(name));
    }

    /// <summary>The account has logged in from there.</summary>
    public void Succeeded(string name, IPAddress? from)
    {
        var addresses = home.GetOrAdd(name, _ => new());
        if (addresses.Count < 100) addresses[Networks.Of(from)] = true;
    }

    public void Dispose()
    {
        ofAddress.Dispose();
        ofNameAndAddress.Dispose();
        ofName.Dispose();
    }

    private bool IsHome(string name, string address) => home.TryGetValue(name, out var addresses) && addresses.ContainsKey(address);
}
