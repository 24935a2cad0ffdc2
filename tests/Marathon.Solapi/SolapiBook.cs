using System.Collections.Concurrent;
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
    private readonly ConcurrentDictionary<string, TakenMessage> byId = [];
    private readonly List<TakenMessage> messages = [];
    private readonly FileStream? file;

    /// <param name="path">Where it is kept; null: nowhere.</param>
    public SolapiBook(string? path)
    {
        if (path is null) return;
        messages.AddRange(Read(path));
        foreach (var message in messages) byId[message.MessageId] = message;
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
    public TakenMessage? Find(string messageId) => byId.GetValueOrDefault(messageId);

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
    public bool Take(IReadOnlyList<TakenMessage> taken, DateTimeOffset? until = null)
    {
        lock (messages)
        {
            if (DateTimeOffset.UtcNow > until) return false;
            file?.Write(System.Text.Encoding.UTF8.GetBytes(string.Concat(taken.Select(message => JsonSerializer.Serialize(message) + "\n"))));
            file?.Flush();
            foreach (var message in taken) byId[message.MessageId] = message;
            messages.AddRange(taken);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();
}
