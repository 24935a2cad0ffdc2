using System.Diagnostics;
using Npgsql;
using Xunit;
using Xunit.Sdk;

namespace Marathon.Testing;

/// <summary>Waiting for what must become true, with a deadline: never a sleep.</summary>
public static class Eventually
{
    /// <summary>Repeats <paramref name="probe"/> until it stops failing its assertions; the last failure is the test's after a minute, which only a test that fails, or a very slow machine, needs.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T>> probe, TimeSpan? within = null)
    {
        var deadline = within ?? TimeSpan.FromMinutes(1);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try { return await probe(); }
            catch (Exception exception) when (watch.Elapsed < deadline && exception is XunitException or HttpRequestException or NpgsqlException { IsTransient: true }) { await Task.Delay(PauseAfter(watch.Elapsed)); }
        }
    }

    /// <summary>A tenth of what it has taken: what comes soon is seen soon, and what takes long is not kept from coming by being asked for.</summary>
    private static TimeSpan PauseAfter(TimeSpan waited) => TimeSpan.FromMilliseconds(Math.Clamp(waited.TotalMilliseconds / 10, 20, 500));

    /// <inheritdoc cref="GetAsync{T}"/>
    public static Task TrueAsync(Func<Task<bool>> condition, TimeSpan? within = null, string? because = null) => GetAsync(async () =>
    {
        Assert.True(await condition(), because);
        return true;
    }, within);
}
