using System.Text.RegularExpressions;

namespace Marathon.Chaos.Rules;

/// <summary>What the provider was given: each message once, none missing, none about nothing.</summary>
internal static partial class Messages
{
    /// <summary>What may be said more than once of the same registration, in the same words: what happens more than once.</summary>
    private static readonly string[] Repeatable = ["delivered", "back-ordered", "race-suspended", "race-resumed"];

    public static readonly IReadOnlyList<Rule> Rules =
    [
        Of("the provider has each message once", (sent, _) => sent.GroupBy(message => message.Reference).Where(message => message.Count() > 1)
            .Select(message => $"{message.Key} was taken {message.Count()} times")),
        // Every text names the registration.
        Of("nobody gets the same message twice", (sent, known) => sent.GroupBy(message => (message.To, message.Text))
            .Where(message => message.Count() > 1 && !message.All(one => known.TryGetValue(one.Reference, out var kind) && Repeatable.Contains(kind.Kind)))
            .Select(message => $"{message.Key.To} was told {message.Count()} times: {message.Key.Text}")),
        Of("every message is at the provider, as it is", (sent, known) =>
        {
            var taken = sent.ToLookup(message => message.Reference, message => Link().Replace(message.Text, "…"));
            return known.Where(message => !taken[message.Key].Contains(message.Value.Text)).Select(message => $"{message.Value.Kind} {message.Key} is not at the provider");
        }),
        Of("the provider has no message that is not ours", (sent, known) => sent.Where(message => !known.ContainsKey(message.Reference))
            .Select(message => $"{message.Reference} is known nowhere: {message.Text}")),
    ];

    /// <summary>Of what the provider took, and of our messages by their ids.</summary>
    private static Rule Of(string name, Func<IReadOnlyList<Solapi.TakenMessage>, Dictionary<string, (string Kind, string Text)>, IEnumerable<string>> wrong) => new(name, IsOfBooks: true, async evidence =>
    {
        var known = (await Rule.LookUpAsync(evidence.Databases["notification"], "SELECT id, kind || ' ' || coalesce(text, '') FROM messages"))
            .ToDictionary(message => message.Key, message => message.Value.Split(' ', 2) is [var kind, var text] ? (kind, text) : throw new InvalidOperationException(message.Value));
        var sent = evidence.Sent();
        return new Finding(sent.Count, [.. wrong(sent, known)]);
    });

    [GeneratedRegex(@"https?://\S+/open/\S+")]
    private static partial Regex Link();
}
