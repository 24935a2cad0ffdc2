using System.Threading.RateLimiting;

namespace Marathon.Gateway.Edge;

/// <summary>
/// A bucket of attempts for each key. Each attempt takes one, and they come back by and by, up to the bucket's size. Kept by each replica for itself, in
/// memory; a bucket that is full again is forgotten.
/// </summary>
internal sealed class Buckets<TKey>(int size, TimeSpan refill) : IDisposable where TKey : notnull
{
    private static readonly TimeSpan Unknown = TimeSpan.FromSeconds(30);

    private readonly PartitionedRateLimiter<TKey> limiter = Limiter(size, refill);

    /// <summary>Takes an attempt. How long to wait, when there is none left.</summary>
    public TimeSpan? Take(TKey key)
    {
        using var lease = limiter.AttemptAcquire(key);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Unknown;
    }

    /// <summary>As <see cref="Take"/>, and takes none. Not by acquiring none: the limiter grants that as soon as the smallest part of an attempt has come back.</summary>
    public TimeSpan? Look(TKey key) => limiter.GetStatistics(key) is { CurrentAvailablePermits: < 1 } ? refill : null;

    public void Dispose() => limiter.Dispose();

    private static PartitionedRateLimiter<TKey> Limiter(int size, TimeSpan refill)
    {
        // The limiter looks after its buckets ten times a second: what comes back faster comes back in handfuls.
        var handful = (int)Math.Ceiling(TimeSpan.FromMilliseconds(100) / refill);
        var options = new TokenBucketRateLimiterOptions { TokenLimit = size, TokensPerPeriod = handful, ReplenishmentPeriod = handful * refill, QueueLimit = 0 };
        return PartitionedRateLimiter.Create<TKey, TKey>(key => RateLimitPartition.GetTokenBucketLimiter(key, _ => options));
    }
}
