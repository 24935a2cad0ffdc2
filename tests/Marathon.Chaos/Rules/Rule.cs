using Npgsql;

namespace Marathon.Chaos.Rules;

/// <summary>What looking for a violation found.</summary>
/// <param name="Checked">How many things were looked at.</param>
/// <param name="Violations">Each in words, with what identifies it.</param>
/// <param name="Unseen">How many things could not be looked at, because what would show them is gone.</param>
internal sealed record Finding(int Checked, IReadOnlyList<string> Violations, int Unseen = 0);

/// <summary>Something that must never be seen (docs/architecture.md, "What must never happen").</summary>
/// <param name="Name">What holds.</param>
/// <param name="IsOfBooks">It is looked up in databases alone, and may take a moment to become true after the last fault.</param>
internal sealed record Rule(string Name, bool IsOfBooks, Func<Evidence, Task<Finding>> Check)
{
    /// <summary>Of a service's own tables.</summary>
    /// <param name="count">How many things there are to look at.</param>
    /// <param name="violations">A row for each violation, its first column the words for it.</param>
    public static Rule None(string name, string service, string count, string violations) => new(name, IsOfBooks: true, async evidence =>
    {
        var all = (await RowsAsync(evidence.Databases[service], count, _ => 0, row => Convert.ToInt32(row.GetValue(0), null)))[0];
        return new Finding(all.Value, [.. (await RowsAsync(evidence.Databases[service], violations, row => $"{row.GetValue(0)}", _ => 0)).Select(row => row.Key)]);
    });

    /// <summary>Of two services, or two tables: each query gives a key and what is known of it, and both must give the same.</summary>
    public static Rule Same(string name, (string Service, string Sql) one, (string Service, string Sql) other) => Compare(name, one, other, isWhole: true);

    /// <summary>Like <see cref="Same"/>, but the second may know more than the first.</summary>
    public static Rule Within(string name, (string Service, string Sql) part, (string Service, string Sql) whole) => Compare(name, part, whole, isWhole: false);

    private static Rule Compare(string name, (string Service, string Sql) one, (string Service, string Sql) other, bool isWhole) => new(name, IsOfBooks: true, async evidence =>
    {
        var left = await LookUpAsync(evidence.Databases[one.Service], one.Sql);
        var right = await LookUpAsync(evidence.Databases[other.Service], other.Sql);
        return new Finding(left.Count, [.. (isWhole ? left.Keys.Union(right.Keys) : left.Keys)
            .Where(key => left.GetValueOrDefault(key) != right.GetValueOrDefault(key))
            .Select(key => $"{key}: {one.Service} has {left.GetValueOrDefault(key, "nothing")}, {other.Service} has {right.GetValueOrDefault(key, "nothing")}")]);
    });

    /// <summary>Of what callers saw, of which there are <paramref name="items"/>; <paramref name="wrong"/> says in words what is wrong with one, or null.</summary>
    public static Rule Each<T>(string name, Func<Evidence, IEnumerable<T>> items, Func<T, Evidence, string?> wrong) => new(name, IsOfBooks: false, evidence =>
    {
        var all = items(evidence).ToList();
        return Task.FromResult(new Finding(all.Count, [.. all.Select(item => wrong(item, evidence)).OfType<string>()]));
    });

    /// <summary>The first two columns, as text.</summary>
    public static async Task<Dictionary<string, string>> LookUpAsync(NpgsqlDataSource database, string sql) =>
        (await RowsAsync(database, sql, row => $"{row.GetValue(0)}", row => $"{row.GetValue(1)}")).ToDictionary(row => row.Key, row => row.Value);

    private static async Task<List<(TKey Key, TValue Value)>> RowsAsync<TKey, TValue>(
        NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, TKey> key, Func<NpgsqlDataReader, TValue> value)
    {
        await using var select = database.CreateCommand(sql);
        await using var rows = await select.ExecuteReaderAsync();
        var read = new List<(TKey, TValue)>();
        while (await rows.ReadAsync()) read.Add((key(rows), value(rows)));
        return read;
    }
}

/// <summary>Every rule there is. A service that is new, or knows something new, adds a line to one of the lists, or a list.</summary>
internal static class AllRules
{
    public static IReadOnlyList<Rule> List { get; } = [.. Places.Rules, .. Money.Rules, .. Once.Rules, .. Events.Rules, .. Effects.Rules, .. ReadSide.Rules, .. Messages.Rules, .. Goods.Rules, .. Promises.Rules, .. Answers.Rules, .. Privacy.Rules];
}
