using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Marathon.Fuzz;

/// <summary>What came of the connections that never finished their request.</summary>
/// <param name="Opened">Connections.</param>
/// <param name="LeftOpen">Those that the server had not closed in time.</param>
/// <param name="LastClosed">From the last byte that was sent.</param>
/// <param name="Asked">Whole requests meanwhile.</param>
/// <param name="Failed">Those that were not answered as they ought to be, in words.</param>
/// <param name="Longest">What the slowest of them took.</param>
internal sealed record HalfOpenResult(int Opened, int LeftOpen, TimeSpan LastClosed, int Asked, IReadOnlyList<string> Failed, TimeSpan Longest)
{
    public IEnumerable<string> Violations => LeftOpen > 0 ? Failed.Prepend($"{LeftOpen} half-open connections are still open") : Failed;
}

/// <summary>Many who begin a request and never end it, beside some who want to be answered.</summary>
internal static class HalfOpen
{
    private static readonly TimeSpan AnsweredWithin = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromMilliseconds(50);

    private static readonly string[] Halves =
    [
        "POST /registr",
        "POST /registrations HTTP/1.1\r\nHost: localhost\r\nContent-Ty",
        "GET /races HTTP/1.1\r\nHost: localhost\r\n",
        "POST /registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{\"name\": \"",
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{\"name\": \"",
        "POST /registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"name\": \"",
    ];

    /// <param name="ask">Whole requests: each is made in turn, and returns what is wrong with its answer, or null.</param>
    /// <param name="closedWithin">How long the server has to close them, after the last byte.</param>
    public static async Task<HalfOpenResult> HoldAsync(Uri server, int connections, IReadOnlyList<Func<Task<string?>>> ask, TimeSpan closedWithin)
    {
        using var over = new CancellationTokenSource();
        var asking = AskAsync(ask, over.Token);
        var closed = new ConcurrentQueue<TimeSpan>();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async number =>
        {
            if (await OpenAsync(server, Halves[number % Halves.Length], closedWithin) is { } took) closed.Enqueue(took);
        }));
        await over.CancelAsync();
        var (asked, failed, longest) = await asking;
        return new HalfOpenResult(connections, connections - closed.Count, closed.DefaultIfEmpty().Max(), asked, failed, longest);
    }

    /// <summary>How long it took until the server closed it; null when it did not.</summary>
    private static async Task<TimeSpan?> OpenAsync(Uri server, string half, TimeSpan closedWithin)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(closedWithin * 2);
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, patience.Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes(half), patience.Token);
        }
        catch (SocketException) { return TimeSpan.Zero; }
        var watch = Stopwatch.StartNew();
        patience.CancelAfter(closedWithin);
        try
        {
            // What it says before it closes does not matter.
            for (var buffer = new byte[4096]; await socket.ReceiveAsync(buffer, patience.Token) > 0;) { }
        }
        catch (SocketException) { }
        catch (OperationCanceledException) { return null; }
        return watch.Elapsed;
    }

    private static async Task<(int Asked, List<string> Failed, TimeSpan Longest)> AskAsync(IReadOnlyList<Func<Task<string?>>> ask, CancellationToken over)
    {
        var (asked, failed, longest) = (0, new List<string>(), TimeSpan.Zero);
        while (!over.IsCancellationRequested)
        {
            var watch = Stopwatch.StartNew();
            var wrong = await ask[asked++ % ask.Count]();
            if (watch.Elapsed > longest) longest = watch.Elapsed;
            if (wrong is null && watch.Elapsed > AnsweredWithin) wrong = $"answered after {watch.Elapsed.TotalSeconds:N1} s";
            if (wrong is not null) failed.Add("beside half-open connections: " + wrong);
            await Task.Delay(Pause, CancellationToken.None);
        }
        return (asked, failed, longest);
    }
}
