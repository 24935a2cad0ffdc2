using Marathon.Messaging;

namespace Marathon.Notification.Adapters;

/// <summary>How many events the stream <c>notifications</c> has told of each registration: kept with its contact.</summary>
internal static class Histories
{
    /// <summary>One event more is told of each, as often as it is named; the versions, in the order in which they are named.</summary>
    public static async Task<IReadOnlyList<(Guid RegistrationId, int Version)>> TellAsync(UnitOfWork work, IReadOnlyList<Guid> registrations, CancellationToken cancellationToken)
    {
        if (registrations.Count == 0) return [];
        var counts = registrations.CountBy(registration => registration).ToList();
        var versions = new Dictionary<Guid, int>(counts.Count);
        await using (var tell = work.Command("""
            INSERT INTO contacts AS history (registration_id, name, phone_no, language, version)
            SELECT registration_id, '', '', 'ko', count FROM unnest($1::uuid[], $2::int[]) AS told (registration_id, count) ORDER BY registration_id
            ON CONFLICT (registration_id) DO UPDATE SET version = history.version + excluded.version
            RETURNING registration_id, version
            """, counts.ConvertAll(count => count.Key).ToArray(), counts.ConvertAll(count => count.Value).ToArray()))
        {
            await using var rows = await tell.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken)) versions.Add(rows.GetGuid(0), rows.GetInt32(1));
        }
        foreach (var (registration, count) in counts) versions[registration] -= count;
        return [.. registrations.Select(registration => (registration, ++versions[registration]))];
    }
}
