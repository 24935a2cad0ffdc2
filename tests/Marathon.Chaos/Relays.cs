using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Marathon.Testing;

namespace Marathon.Chaos;

/// <summary>How often an answer on its way back is harmed, and by how much it is delayed.</summary>
internal sealed record Harm(double Cut, double Late, TimeSpan Latest)
{
    public static readonly Harm None = new(0, 0, TimeSpan.Zero);
}

/// <summary>
/// A bad network between two services: what is sent arrives, but now and then the answer comes late, or the connection breaks before or in the middle of it.
/// There is a relay for each address, which whoever calls is told instead.
/// </summary>
internal sealed class Relays(int seed) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Relay> relays = new();
    private readonly Random random = new(seed);

    /// <summary>From now on.</summary>
    public Harm Harm { get; set; } = Harm.None;

    public int Cut { get; private set; }
    public int Delayed { get; private set; }

    /// <summary>Where to call instead of <paramref name="url"/>.</summary>
    public string Before(string url) => relays.GetOrAdd(url, _ => new Relay(new Uri(url), this)).Url;

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in relays.Values) await relay.DisposeAsync();
    }

    /// <summary>What is to happen to the next answer. Nothing: null for the delay.</summary>
    private (bool IsCut, TimeSpan? Delay, bool InTheMiddle) Next()
    {
        lock (random)
        {
            var (harm, chance, latest, half) = (Harm, random.NextDouble(), random.NextDouble(), random.Next(2) == 0);
            if (chance < harm.Cut)
            {
                Cut++;
                return (true, null, half);
            }
            if (chance >= harm.Cut + harm.Late) return (false, null, false);
            Delayed++;
            return (false, harm.Latest * latest, false);
        }
    }

    private sealed class Relay : IAsyncDisposable
    {
        /// <summary>Of an answer: its status is in it, and nothing of what it says.</summary>
        private const int Beginning = 12;

        private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50), ConnectTimeout = TimeSpan.FromSeconds(1);

        private readonly CancellationTokenSource over = new();
        private readonly Uri target;
        private readonly Relays relays;
        private readonly int port;
        private readonly Task listening;

        public Relay(Uri target, Relays relays)
        {
            (this.target, this.relays) = (target, relays);
            port = Ports.Free();
            listening = ListenAsync();
        }

        public string Url => $"http://127.0.0.1:{port}";

        public async ValueTask DisposeAsync()
        {
            await over.CancelAsync();
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            over.Dispose();
        }

        /// <summary>Only while the service itself can be reached: where nobody listens, a caller knows that nothing was sent, and may ask another replica.</summary>
        private async Task ListenAsync()
        {
            while (true)
            {
                while (!await IsReachableAsync()) await Task.Delay(Poll, over.Token);
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                while (true)
                {
                    var caller = await listener.AcceptTcpClientAsync(over.Token);
                    if (await ConnectAsync() is { } service)
                    {
                        _ = RelayAsync(caller, service);
                        continue;
                    }
                    caller.Dispose();
                    break;
                }
            }
        }

        private async Task<bool> IsReachableAsync()
        {
            using var probe = await ConnectAsync();
            return probe is not null;
        }

        /// <summary>Null when nobody listens there.</summary>
        private async Task<TcpClient?> ConnectAsync()
        {
            var service = new TcpClient { NoDelay = true };
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
            timeout.CancelAfter(ConnectTimeout);
            try
            {
                await service.ConnectAsync(target.Host, target.Port, timeout.Token);
                return service;
            }
            catch (Exception unreachable) when (unreachable is SocketException or OperationCanceledException)
            {
                service.Dispose();
                over.Token.ThrowIfCancellationRequested();
                return null;
            }
        }

        /// <summary>One connection, whose calls come one after the other: an answer begins with the first that is read after something was sent.</summary>
        private async Task RelayAsync(TcpClient caller, TcpClient service)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
            using (caller)
            using (service)
            {
                caller.NoDelay = true;
                var isAnswered = true;
                var asking = PassAsync(caller.GetStream(), service.GetStream(), _ =>
                {
                    isAnswered = false;
                    return ValueTask.FromResult(int.MaxValue);
                }, ended.Token);
                var answering = PassAsync(service.GetStream(), caller.GetStream(), async length =>
                {
                    if (isAnswered) return int.MaxValue;
                    isAnswered = true;
                    var (isCut, delay, inTheMiddle) = relays.Next();
                    if (delay is { } late) await Task.Delay(late, ended.Token);
                    return !isCut ? int.MaxValue : inTheMiddle ? Math.Min(length - 1, Beginning) : 0;
                }, ended.Token);
                await Task.WhenAny(asking, answering);
                await ended.CancelAsync();
                await Task.WhenAll(asking, answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        /// <param name="allows">Is told how many bytes came, and says how many of them may pass: with fewer, the connection ends.</param>
        private static async Task PassAsync(NetworkStream from, NetworkStream to, Func<int, ValueTask<int>> allows, CancellationToken cancellationToken)
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReadAsync(buffer, cancellationToken) is > 0 and var length)
            {
                var passing = Math.Min(length, await allows(length));
                await to.WriteAsync(buffer.AsMemory(0, passing), cancellationToken);
                if (passing < length) return;
            }
        }
    }
}
