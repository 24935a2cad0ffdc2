namespace Marathon.Dashboard.Lists;

/// <summary>The cells of registrations that are meant by a query, and how many are in each.</summary>
/// <param name="Ids">None where everybody is meant: there are thousands.</param>
/// <param name="Everybody">Of the race that is meant, or of all.</param>
internal sealed record Cells(int[] Ids, long[] Counts, long Total, long Everybody, DateTimeOffset AsOf)
{
    /// <summary>Everybody is meant.</summary>
    public bool AreAll => Total == Everybody;

    /// <summary>Rows to be read when of each cell the first <paramref name="rows"/> are.</summary>
    public long Merged(long rows) => Counts.Sum(count => Math.Min(count, rows));

    public static Cells Of(CellsOf all, RegistrationQuery query)
    {
        var ofRace = all.ById.Values.Where(cell => cell.Count > 0 && (query.RaceId is null || cell.RaceId == query.RaceId)).ToList();
        var meant = ofRace.FindAll(cell => (query.DivisionId is null || cell.DivisionId == query.DivisionId) && (query.Status is null || cell.Status == query.Status)
            && (query.PayStatus is null || cell.PayStatus == query.PayStatus) && (query.DeliveryStatus is null || cell.DeliveryStatus == query.DeliveryStatus)
            && (query.Size is null || cell.TopSize == query.Size || cell.BottomSize == query.Size));
        var (total, everybody) = (meant.Sum(cell => cell.Count), ofRace.Sum(cell => cell.Count));
        return total == everybody ? new Cells([], [], total, everybody, all.Digest.At)
            : new Cells([.. meant.Select(cell => cell.Id)], [.. meant.Select(cell => cell.Count)], total, everybody, all.Digest.At);
    }
}
