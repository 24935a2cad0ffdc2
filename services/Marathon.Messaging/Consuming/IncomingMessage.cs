using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace Marathon.Messaging;

/// <summary>A message as it was read: an event, or not. The source is the service that told it, or empty when it does not say.</summary>
internal readonly record struct IncomingMessage(string Source, InboxEvent? Event, MalformedMessage? Malformed)
{
    private const string SourcePrefix = "/marathon/";

    public static IncomingMessage Read(ConsumeResult<string, byte[]> message)
    {
        var headers = message.Message.Headers;
        var stream = EventCatalog.StreamOfTopic(message.Topic);
        var source = Text("ce_source") is { } uri && uri.StartsWith(SourcePrefix, StringComparison.Ordinal) ? uri[SourcePrefix.Length..] : "";
        var (type, version, time) = (Text("ce_type") ?? "", 0, default(DateTimeOffset));
        var problem =
            !Guid.TryParse(message.Message.Key, out var aggregateId) ? "its key is no aggregate id"
            : !int.TryParse(Text("ce_sequence"), NumberStyles.None, CultureInfo.InvariantCulture, out version) || version < 1 ? "ce_sequence is no version"
            : type.Length == 0 ? "ce_type is missing"
            : !DateTimeOffset.TryParse(Text("ce_time"), CultureInfo.InvariantCulture, out time) ? "ce_time is no instant"
            : source.Length == 0 ? "ce_source names no service"
            : message.Message.Value is null ? "it has no payload"
            : null;
        return problem is null
            ? new IncomingMessage(source, new InboxEvent(source, stream, aggregateId, version, type, message.Message.Value!, Text("traceparent"), time), null)
            : new IncomingMessage(source, null, new MalformedMessage(source, stream, type, message.Message.Value ?? [], $"{message.TopicPartitionOffset}: {problem}"));

        // A zero byte is nothing that PostgreSQL's text can hold, and one in a header must not make a message impossible to put aside.
        string? Text(string name) => headers.TryGetLastBytes(name, out var bytes) && bytes is not null ? Encoding.UTF8.GetString(bytes).Replace('\0', '\uFFFD') : null;
    }
}
