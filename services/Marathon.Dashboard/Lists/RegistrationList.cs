using System.Data;
using System.Runtime.CompilerServices;
using Marathon.ServiceDefaults.Http;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Marathon.Dashboard.Lists;

/// <summary>A registration in a list of the organiser's.</summary>
/// <param name="PayStatus">As on my page; null when nothing is known of it.</param>
/// <param name="DeliveryStatus">As on my page; null while there is no kit.</param>
internal sealed record ListedRegistration(
    Guid RegisterId, string Number, string Status, string? PayStatus, string? DeliveryStatus, Guid RaceId, string? RaceName, Guid? DivisionId, string? DivisionName, int? Bib,
    string? Name, string? PhoneNo, string? Address, string? TopSize, string? BottomSize, int? Amount, string? Currency, int? RefundDue, int? RefundedAmount,
    DateTimeOffset? RegisteredAt, DateTimeOffset? EndedAt, DateTimeOffset? CheckedInAt, DateTimeOffset AsOf);

/// <summary>What to look for. What is null does not matter.</summary>
/// <param name="Size">Of the shirt or of the shorts.</param>
/// <param name="OldestFirst">In the order in which people came; else the last first.</param>
internal sealed record RegistrationQuery(
    Guid? RaceId = null, Guid? DivisionId = null, string? Status = null, string? PayStatus = null, string? DeliveryStatus = null, string? Size = null, SearchText? Text = null,
    bool OldestFirst = false)
{
    /// <summary>In which registrations are in order, of SQL.</summary>
    public string Direction => OldestFirst ? "" : "DESC";
}

/// <summary>A page of a list.</summary>
/// <param name="Total">How many there are in all.</param>
/// <param name="IsMore">There are more than the total says: too many for a search to count.</param>
/// <param name="AsOf">Of the digest that it was read from.</param>
internal sealed record RegistrationPage(IReadOnlyList<ListedRegistration> Items, long Total, bool IsMore, DateTimeOffset AsOf);

/// <summary>
/// The registrations, for the organiser. How many there are is summed up over the cells, and not counted in rows. The rows of a page are found by whichever way
/// is short for so many: the first of each cell merged; or everybody in order, without those who are not meant.
/// </summary>
internal sealed class RegistrationList(NpgsqlDataSource database, CellList all)
{
    /// <summary>Found by a text; more are not counted.</summary>
    private const int MostFound = 1_000;

    /// <summary>So few are looked at one by one, whoever they are; so many are found by an index, in each way; and so many are looked at where that was not enough to tell.</summary>
    private const int FewToLookAt = 1_000, MostNamed = 5_000, SomeToLookAt = 20_000;

    /// <summary>A row that is walked over is looked up in a second table, and one that is merged is not.</summary>
    private const int CostOfAStep = 5;

    /// <summary>Walked at most for those who are named as many are: a third of a second.</summary>
    public int FarthestWalk { get; init; } = 300_000;

    public static IReadOnlyList<string> States { get; } = ["HELD", "REGISTERED", "CANCELLED", "DECLINED", "EXPIRED"];

    public static IReadOnlyList<string> PayStates { get; } = ["PAYMENT_PENDING", "COMPLETED", "REFUND_DUE", "REFUNDED", "DECLINED", "VOIDED"];

    public static IReadOnlyList<string> DeliveryStates { get; } = ["RECEIVED", "BACKORDERED", "READY", "DISPATCHED", "DELIVERED", "PICKED_UP", "CANCELLED", "RETURN_REQUESTED", "RETURNED"];

    /// <summary>A page, and how many there are in all.</summary>
    public async Task<RegistrationPage> PageAsync(RegistrationQuery query, PageQuery page, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // One snapshot: the rows of a page are of those that were counted.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var cells = Cells.Of(await all.ReadAsync(connection, cancellationToken), query);
        var (offset, size) = (page.Offset, page.Size);
        var (items, total, isMore) = (new List<ListedRegistration>(), cells.Total, false);
        if (query.Text is { } text && total > 0) (items, total, isMore) = await SearchAsync(connection, query, text, cells, page, cancellationToken);
        else if (offset < total && cells.AreAll) items = await WalkAsync(connection, query, cells, page, offset + size, cancellationToken);
        else if (offset < total)
        {
            // Whichever way reads less: over everybody to the end of the page, or of each cell as many as there may be on it. Where those who are meant are far from the beginning,
            // as those who came long ago, the first may read more after all: then it is given up.
            var merged = cells.Merged(offset + size);
            if ((offset + size) * cells.Everybody / total * CostOfAStep <= merged)
                items = await WalkAsync(connection, query, cells, page, merged / CostOfAStep, cancellationToken);
            if (items.Count < Math.Min(size, total - offset)) items = await MergeAsync(connection, query, cells, page, cancellationToken);
        }
        return new RegistrationPage(items, Math.Max(total, items.Count == 0 ? 0 : offset + items.Count), isMore, cells.AsOf);
    }

    private async Task<(List<ListedRegistration> Items, long Total, bool IsMore)> SearchAsync(
        NpgsqlConnection connection, RegistrationQuery query, SearchText text, Cells cells, PageQuery page, CancellationToken cancellationToken)
    {
        // A letter that many have is soon met on the way; that they are more than are counted is told by as many of them, wherever these are.
        var isCommon = text.IsLetter && cells.AreAll && cells.Total > SomeToLookAt && page.Offset + page.Size <= MostFound;
        var (found, isCut) = await FindAsync(isCommon ? MostFound : MostNamed);
        if (isCommon && isCut)
        {
            if (found.Count > MostFound && await WalkAsync(SomeToLookAt) is var met && met.Count == page.Size) return (met, MostFound, true);
            (found, isCut) = await FindAsync(MostNamed);
        }
        var items = new List<ListedRegistration>();
        // Who was not looked at may come before those who were found. Where all of the name are too far from the beginning, these are better than nobody.
        if (isCut && (found.Count > MostFound || text.Pairs().Length > 0)) items = await WalkAsync(FarthestWalk);
        if (items.Count == 0) items = await RowsAsync(connection, query, [.. found.Skip(page.Offset).Take(page.Size)], cancellationToken);
        return (items, Math.Min(found.Count, MostFound), isCut || found.Count > MostFound);

        Task<(List<Guid> Found, bool IsCut)> FindAsync(int mostNamed) =>
            RegistrationList.FindAsync(connection, query, text, cells, mostNamed, Math.Max(MostFound + 1, page.Offset + page.Size), cancellationToken);

        Task<List<ListedRegistration>> WalkAsync(int farthest) => RegistrationList.WalkAsync(connection, query, cells, page, farthest, cancellationToken);
    }

    /// <summary>All of them, in the order in which they came, as they are read.</summary>
    public async IAsyncEnumerable<ListedRegistration> AllAsync(RegistrationQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int Portion = 2_000;
        query = query with { OldestFirst = true };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // Idle for as long as whoever takes the rows is busy with a portion of them: a browser on a slow line.
        await connection.Command("SET LOCAL idle_in_transaction_session_timeout = '5min'").ExecuteNonQueryAsync(cancellationToken);
        var cells = Cells.Of(await all.ReadAsync(connection, cancellationToken), query);
        var (last, ids) = (Guid.Empty, new List<Guid>());
        do
        {
            ids = await AfterAsync(connection, query, cells, last, Portion, cancellationToken);
            foreach (var row in await RowsAsync(connection, query, [.. ids], cancellationToken)) yield return row;
            if (ids.Count > 0) last = ids[^1];
        }
        while (ids.Count == Portion);
    }

    /// <summary>The first of those meant, in order, <paramref name="mostNamed"/> looked at in each way; and whether they are only the first of those who were looked at, and not all were.</summary>
    private static async Task<(List<Guid> Found, bool IsCut)> FindAsync(
        NpgsqlConnection connection, RegistrationQuery query, SearchText text, Cells cells, int mostNamed, int atMost, CancellationToken cancellationToken)
    {
        if (cells.Total <= FewToLookAt) return await LookAsync();
        var pairs = text.Pairs();
        long[] keys = query.RaceId is { } race ? [.. pairs, SearchText.KeyOf(race)] : pairs;
        // By the index (so OFFSET 0): for what many are called the planner may take others' names one by one for cheaper, and making the pairs of each is not. Where there is too little
        // to go by, there are many: the last who came are looked at. A digit is a bib and no name.
        var named = pairs.Length > 0 ? "(SELECT * FROM searched WHERE (pairs_of(name) || key_of_race(race_id)) @> $2 OFFSET 0) AS known"
            : text.Bib is null ? $"searched WHERE {OfRace(query, "$9")} ORDER BY registration_id DESC" : null;
        // In whichever way somebody may be found, as far as it is one.
        (string Name, string? Rows, string IsSo)[] ways =
        [
            ("named", named is null ? null : $"SELECT registration_id, race_id, name FROM {named}", "name LIKE $1"),
            ("called", text.Phone is null ? null : "SELECT registration_id, race_id FROM searched WHERE phone LIKE $5 || '%'", "true"),
            ("numbered", text.Number is null ? null : "SELECT registration_id, searched.race_id FROM registrations JOIN searched USING (registration_id) WHERE number LIKE $3 || '%'", "true"),
            ("bearing", text.Bib is null ? null : "SELECT registration_id, race_id FROM bibs JOIN searched USING (registration_id) WHERE bib = $4", "true"),
        ];
        ways = [.. ways.Where(way => way.Rows is not null)];
        // Thousands of cells take the planner longer than all the rest.
        var isMeant = cells.AreAll ? OfRace(query, "$9") : "EXISTS (SELECT FROM listed WHERE listed.registration_id = found.registration_id AND cell = ANY ($6) OFFSET 0)";
        await using var find = connection.Command($"""
            WITH {string.Join(", ", ways.Select(way => $"{way.Name} AS MATERIALIZED ({way.Rows} LIMIT $7)"))}
            (SELECT registration_id FROM (
              SELECT * FROM ({string.Join(" UNION ", ways.Select(way => $"SELECT registration_id, race_id FROM {way.Name} WHERE {way.IsSo}"))}) AS found ORDER BY registration_id {query.Direction} OFFSET 0) AS found
            WHERE {isMeant} ORDER BY registration_id {query.Direction} LIMIT $8)
            UNION ALL SELECT '{Guid.Empty}' WHERE {string.Join(" OR ", ways.Select(way => $"(SELECT count(*) FROM {way.Name}) = $7"))}
            ORDER BY registration_id {query.Direction}
            """, text.NamePattern, keys, Rows.OrNull(text.Number, NpgsqlDbType.Text), Rows.OrNull(text.Bib, NpgsqlDbType.Integer), Rows.OrNull(text.Phone, NpgsqlDbType.Text),
            cells.Ids, mostNamed + 1, atMost, Race(query));
        var found = await find.IdsAsync(cancellationToken);
        // Nobody's: that not all were looked at who may be meant.
        var isCut = found.Remove(Guid.Empty);
        return isCut && pairs.Length > 0 && cells.Total <= SomeToLookAt ? await LookAsync() : (found, isCut);

        async Task<(List<Guid> Found, bool IsCut)> LookAsync() => (await AfterAsync(connection, query, cells, Guid.Empty, atMost, cancellationToken), false);
    }

    /// <summary>Those meant whose ids are beyond one, in order, one looked at after the other.</summary>
    private static async Task<List<Guid>> AfterAsync(
        NpgsqlConnection connection, RegistrationQuery query, Cells cells, Guid last, int atMost, CancellationToken cancellationToken)
    {
        // Some are taken from their cells; among many the others are passed over.
        var chosen = cells.AreAll ? $"searched AS chosen WHERE {OfRace(query, "$8")} AND registration_id > $6"
            : $"(SELECT registration_id FROM listed WHERE cell = ANY ($1) AND registration_id > $6 {(cells.Total <= SomeToLookAt ? "OFFSET 0" : "")}) AS chosen JOIN searched USING (registration_id) WHERE true";
        await using var select = connection.Command($"SELECT registration_id FROM {chosen} AND {IsFound} ORDER BY registration_id {query.Direction} LIMIT $7",
            [cells.Ids, .. Found(query.Text), last, atMost, Race(query)]);
        return await select.IdsAsync(cancellationToken);
    }

    private static NpgsqlParameter Race(RegistrationQuery query) => Rows.OrNull(query.RaceId, NpgsqlDbType.Uuid);

    /// <summary>Of one who is searched: whether they are of the race that is meant, which <paramref name="parameter"/> is. (A parameter whose type is told need not be used.)</summary>
    private static string OfRace(RegistrationQuery query, string parameter) => query.RaceId is null ? "true" : $"race_id = {parameter}";

    /// <summary>Of one who is <c>chosen</c>: whether they are found by <see cref="Found"/>, from $2 on.</summary>
    private const string IsFound = """
        ($2::text IS NULL OR name LIKE $2 OR phone LIKE $3 || '%'
          OR ($4::int IS NOT NULL AND EXISTS (SELECT FROM bibs WHERE bibs.registration_id = chosen.registration_id AND bib = $4))
          OR ($5::text IS NOT NULL AND EXISTS (SELECT FROM registrations WHERE registrations.registration_id = chosen.registration_id AND number LIKE $5 || '%')))
        """;

    private static NpgsqlParameter[] Found(SearchText? text) =>
    [
        Rows.OrNull(text?.NamePattern, NpgsqlDbType.Text), Rows.OrNull(text?.Phone, NpgsqlDbType.Text), Rows.OrNull(text?.Bib, NpgsqlDbType.Integer), Rows.OrNull(text?.Number, NpgsqlDbType.Text),
    ];

    /// <summary>Of each cell the first, put in order.</summary>
    private static async Task<List<ListedRegistration>> MergeAsync(NpgsqlConnection connection, RegistrationQuery query, Cells cells, PageQuery page, CancellationToken cancellationToken)
    {
        await using var merge = connection.Command(RowsOf($"""
            SELECT registration_id FROM unnest($1::int[]) AS meant (cell) CROSS JOIN LATERAL (
              SELECT registration_id FROM listed WHERE listed.cell = meant.cell ORDER BY registration_id {query.Direction} LIMIT $2 + $3) AS first
            ORDER BY registration_id {query.Direction} LIMIT $2 OFFSET $3
            """, query), cells.Ids, page.Size, page.Offset);
        await using var rows = await merge.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(rows, cancellationToken);
    }

    /// <summary>One after the other, those who are not meant left out.</summary>
    private static async Task<List<ListedRegistration>> WalkAsync(
        NpgsqlConnection connection, RegistrationQuery query, Cells cells, PageQuery page, long farthest, CancellationToken cancellationToken)
    {
        // The planner, who takes all of a race for few, would read and sort them before the first is looked at. What is sent together is one way to the server and back.
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new("SET LOCAL enable_sort = off"));
        // Where nobody is looked for, the index is all that is walked over.
        var (columns, isFound) = query.Text is null ? ("registration_id", "true") : ("registration_id, name, phone", IsFound);
        var walk = new NpgsqlBatchCommand(RowsOf($"""
            SELECT registration_id FROM (
              SELECT {columns} FROM searched WHERE {OfRace(query, "$8")} ORDER BY registration_id {query.Direction} LIMIT $9) AS chosen
            WHERE {isFound} AND {(cells.AreAll ? "true" : "EXISTS (SELECT FROM listed WHERE listed.registration_id = chosen.registration_id AND cell = ANY ($1) OFFSET 0)")}
            ORDER BY registration_id {query.Direction} LIMIT $6 OFFSET $7
            """, query));
        foreach (var value in (object[])[cells.Ids, .. Found(query.Text), page.Size, page.Offset, Race(query), farthest]) walk.Parameters.Add(Reading.Parameter(value));
        batch.BatchCommands.Add(walk);
        batch.BatchCommands.Add(new("SET LOCAL enable_sort = on"));
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(rows, cancellationToken);
    }

    private static async Task<List<ListedRegistration>> RowsAsync(NpgsqlConnection connection, RegistrationQuery query, Guid[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length == 0) return [];
        await using var select = connection.Command(RowsOf("SELECT unnest($1::uuid[]) AS registration_id", query), (object)ids);
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(rows, cancellationToken);
    }

    /// <summary>The statement that reads those with the ids that another one finds, as <see cref="ReadAsync"/> wants them. Races and divisions are called what they are called by now.</summary>
    private static string RowsOf(string ids, RegistrationQuery query) => $"""
        SELECT registration_id, number, status, pay_status, delivery_status, race_id, coalesce((SELECT races.name FROM races WHERE races.race_id = registrations.race_id), race_name),
          division_id, coalesce((SELECT divisions.name FROM divisions WHERE divisions.division_id = registrations.division_id), division_name), bib, name, phone_no, address, top_size, bottom_size,
          amount, currency, refund_due, refunded_amount, registered_at, ended_at, checked_in_at, as_of
        FROM ({ids}) AS page JOIN registrations USING (registration_id) ORDER BY registration_id {query.Direction}
        """;

    private static async Task<List<ListedRegistration>> ReadAsync(NpgsqlDataReader rows, CancellationToken cancellationToken)
    {
        var listed = new List<ListedRegistration>();
        while (await rows.ReadAsync(cancellationToken))
            listed.Add(new ListedRegistration(
                rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.TextOrNull(3), rows.TextOrNull(4), rows.GetGuid(5), rows.TextOrNull(6), rows.ValueOrNull<Guid>(7), rows.TextOrNull(8),
                rows.ValueOrNull<int>(9), rows.TextOrNull(10), rows.TextOrNull(11), rows.TextOrNull(12), rows.TextOrNull(13), rows.TextOrNull(14), rows.ValueOrNull<int>(15), rows.TextOrNull(16),
                rows.ValueOrNull<int>(17), rows.ValueOrNull<int>(18),
                rows.ValueOrNull<DateTimeOffset>(19), rows.ValueOrNull<DateTimeOffset>(20), rows.ValueOrNull<DateTimeOffset>(21), rows.GetFieldValue<DateTimeOffset>(22)));
        return listed;
    }
}
