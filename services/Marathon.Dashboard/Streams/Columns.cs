using Marathon.Contracts;
using Marathon.Messaging;

namespace Marathon.Dashboard.Streams;

internal static class Columns
{
    /// <summary>One value of each event: a column for <c>unnest</c>.</summary>
    public static TValue[] Each<TEvent, TValue>(this IReadOnlyList<Received<TEvent>> events, Func<Received<TEvent>, TValue> value) where TEvent : IntegrationEvent
    {
        var column = new TValue[events.Count];
        for (var row = 0; row < column.Length; row++) column[row] = value(events[row]);
        return column;
    }
}
