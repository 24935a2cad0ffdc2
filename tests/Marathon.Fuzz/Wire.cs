using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Marathon.Fuzz;

/// <summary>What came back.</summary>
/// <param name="Status">Null: nothing.</param>
/// <param name="Head">Status line and headers.</param>
/// <param name="IsWhole">As much as its head promised.</param>
/// <param name="Took">Until the answer, or until there was none.</param>
internal sealed record RawAnswer(int? Status, string Head, string Body, bool IsWhole, TimeSpan Took)
{
    public string? Header(string name) => Head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}

/// <summary>Sends a request as it is, on a connection of its own, and reads until the answer is whole.</summary>
internal static class Wire
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1), Piece = TimeSpan.FromMilliseconds(150);
    private const int Pieces = 5;

    /// <param name="isStream">The answer has no end: its head is enough.</param>
    public static async Task<RawAnswer> AskAsync(Uri server, RawRequest request, TimeSpan patience, bool isStream = false)
    {
        var watch = Stopwatch.StartNew();
        using var over = new CancellationTokenSource(patience);
        using var read = new MemoryStream();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var (sending, isClosed) = (Task.CompletedTask, false);
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, over.Token);
            // At the same time: a server answers what it refuses before it has read everything.
            sending = SendAsync(socket, request, over.Token);
            var buffer = new byte[16 * 1024];
            while (!isClosed && !Answer(read, request.Method == "HEAD" || isStream, isClosed, default).IsWhole)
            {
                var count = await socket.ReceiveAsync(buffer, over.Token);
                read.Write(buffer, 0, count);
                isClosed = count == 0;
            }
        }
        catch (Exception cut) when (cut is SocketException or OperationCanceledException) { }
        var took = watch.Elapsed;
        await over.CancelAsync();
        await sending;
        return Answer(read, request.Method == "HEAD" || isStream, isClosed, took);
    }

    private static async Task SendAsync(Socket socket, RawRequest request, CancellationToken over)
    {
        var (head, content) = (request.Head(), request.Content());
        try
        {
            switch (request.Delivery)
            {
                case Delivery.Whole:
                    await WriteAsync(socket, [.. head, .. content], over);
                    break;
                case Delivery.InPieces:
                    byte[] all = [.. head, .. content];
                    foreach (var piece in all.Chunk(all.Length / Pieces + 1))
                    {
                        await WriteAsync(socket, piece, over);
                        await Task.Delay(Piece, over);
                    }
                    break;
                case Delivery.Slow:
                    await WriteAsync(socket, head, over);
                    foreach (var symbol in content)
                    {
                        await WriteAsync(socket, [symbol], over);
                        await Task.Delay(Slow, over);
                    }
                    break;
                default:
                    await WriteAsync(socket, [.. head, .. content[..(content.Length / 2)]], over);
                    if (request.Delivery == Delivery.CutShort) socket.Shutdown(SocketShutdown.Send);
                    break;
            }
        }
        // It has closed the connection, or has answered already.
        catch (Exception cut) when (cut is SocketException or OperationCanceledException or ObjectDisposedException) { }
    }

    private static async Task WriteAsync(Socket socket, byte[] bytes, CancellationToken over)
    {
        for (var sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent), over);
    }

    /// <summary>What has been read so far.</summary>
    /// <param name="isHeadAll">There is no more to it than its head.</param>
    /// <param name="isClosed">Nothing more will come, in good order; HTTP/1.0 ends an answer so.</param>
    private static RawAnswer Answer(MemoryStream read, bool isHeadAll, bool isClosed, TimeSpan took)
    {
        var text = Encoding.Latin1.GetString(read.GetBuffer(), 0, (int)read.Length);
        while (true)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 || text.Split(' ') is not [_, var word, ..] || !int.TryParse(word[..Math.Min(3, word.Length)], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
                return new RawAnswer(null, "", "", IsWhole: false, took);
            var answer = new RawAnswer(status, text[..end], text[(end + 4)..], IsWhole: false, took);
            // "Go on": the answer itself is still to come.
            if (status is >= 100 and < 200 and not 101)
            {
                text = answer.Body;
                continue;
            }
            var (length, isChunked) = (answer.Header("Content-Length"), answer.Header("Transfer-Encoding") == "chunked");
            var isWhole = isHeadAll || status is 101 or 204 or 304
                || (length is not null ? answer.Body.Length >= int.Parse(length, CultureInfo.InvariantCulture)
                    : isChunked ? answer.Body.EndsWith("0\r\n\r\n", StringComparison.Ordinal) : isClosed);
            return answer with { IsWhole = isWhole, Body = isChunked ? Unchunked(answer.Body) : answer.Body };
        }
    }

    /// <summary>Where there are the lines between chunks in the middle of a word, a marker would not be found.</summary>
    private static string Unchunked(string body)
    {
        var text = new StringBuilder();
        while (body.IndexOf("\r\n", StringComparison.Ordinal) is > 0 and var line
            && int.TryParse(body[..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size) && size > 0 && body.Length >= line + 2 + size)
        {
            text.Append(body, line + 2, size);
            body = body[Math.Min(body.Length, line + 4 + size)..];
        }
        return text.ToString();
    }
}
