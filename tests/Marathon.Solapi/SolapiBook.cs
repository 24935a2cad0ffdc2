using System.Text.Json;

namespace Marathon.Solapi;

/// <summary>A message that the provider took.</summary>
public sealed record TakenMessage(string MessageId, string Reference, string To, string From, string? Country, string Text, string Type, string? Subject, DateTimeOffset At);

/// <summary>
/// What the provider took, in the order in which it did. With a file it outlives the process: a line is written before the message counts as taken, and one that
/// was cut off when the process was killed never was.
/// </summary>
public sealed class SolapiBook : IDisposable
{
    private readonly List<TakenMessage> messages = [];
    private readonly Dictionary<string, int> places = [];
    private readonly FileStream? file;

    /// <param name="path">Where it is kept; null: nowhere.</param>
    public SolapiBook(string? path)
    {
        if (path is null) return;
        Add(Read(path));
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Seek(0, SeekOrigin.End);
        // Behind what was cut off, if anything was.
        if (file.Position > 0) file.WriteByte((byte)'\n');
    }

    /// <summary>All that was taken.</summary>
    public IReadOnlyList<TakenMessage> All
    {
        get { lock (messages) return [.. messages]; }
    }

    /// <summary>By the provider's id; null when there is none.</summary>
    public TakenMessage? Find(string messageId)
    {
        lock (messages) return places.TryGetValue(messageId, out var place) ? messages[place] : null;
    }

    /// <summary>At most <paramref name="count"/> that were taken since an instant; or, when it is named, from the message <paramref name="first"/> on. Quickly, however many there are.</summary>
    public IReadOnlyList<TakenMessage> Since(DateTimeOffset since, string? first, int count)
    {
        lock (messages)
        {
            if (!places.TryGetValue(first ?? "", out var from)) from = FirstSince(since);
            return messages.GetRange(from, Math.Min(count, messages.Count - from));
        }
    }

    /// <summary>What a book's file says, also while its process is alive.</summary>
    public static IReadOnlyList<TakenMessage> Read(string path)
    {
        if (!File.Exists(path)) return [];
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var read = new List<TakenMessage>();
        while (reader.ReadLine() is { } line)
        {
            try { if (JsonSerializer.Deserialize<TakenMessage>(line) is { } message) read.Add(message); }
            catch (JsonException) { }
        }
        return read;
    }

    /// <summary>Takes messages, all of them or, if the process is killed meanwhile, the first ones; none, and false, when it is too late for them.</summary>
    public bool Take(IEnumerable<TakenMessage> given, DateTimeOffset? until = null)
    {
        lock (messages)
        {
            var now = DateTimeOffset.UtcNow;
            if (now > until) return false;
            // In the order of their instants, whatever the clock does.
            if (messages is [.., var last] && last.At > now) now = last.At;
            var taken = given.Select(message => message with { At = now }).ToList();
            file?.Write(System.Text.Encoding.UTF8.GetBytes(string.Concat(taken.Select(message => JsonSerializer.Serialize(message) + "\n"))));
            file?.Flush();
            Add(taken);
            return true;
        }
    }

    private void Add(IEnumerable<TakenMessage> taken)
    {
        foreach (var message in taken)
        {
            places[message.MessageId] = messages.Count;
            messages.Add(message);
        }
    }

    private int FirstSince(DateTimeOffset since)
    {
        var (low, high) = (0, messages.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (messages[middle].At < since) low = middle + 1; else high = middle;
        }
        return low;
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();
}
