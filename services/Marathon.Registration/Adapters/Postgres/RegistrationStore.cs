using Marathon.Messaging;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.ServiceDefaults.Postgres;
using Npgsql;

namespace Marathon.Registration.Adapters.Postgres;

/// <summary>
/// The registrations in PostgreSQL. Holding, confirming, promising and releasing are hot: each is a queue whose waiters are written together
/// (<see cref="GroupCommit{TItem,TResult}"/>). Whoever takes or gives back a place locks the divisions first, in the order of their ids, and registrations after
/// them: a hold that has the division waits for whoever is just letting the same person go. Several registrations are locked in the order of their ids,
/// so that batches that have some in common wait for one another and never in a circle. A race's row comes last of all, and only where a division becomes full or
/// stops being full.
/// </summary>
public sealed class RegistrationStore : IRegistrations, IAsyncDisposable
{
    private readonly Outbox outbox;
    private readonly Erasure erasure;
    private readonly NpgsqlDataSource database;
    private readonly IRaces races;
    private readonly GroupCommit<HeldRegistration, HoldResult> holds;
    private readonly GroupCommit<IdempotencyKey, HoldResult?> recollections;
    private readonly GroupCommit<HeldRegistration, RegistrationStatus> confirmations, promises;
    private readonly GroupCommit<(HeldRegistration Held, RegistrationStatus To), RegistrationStatus> releases;

    /// <summary>Begins to take holds, confirmations, promises and releases.</summary>
    public RegistrationStore(Outbox outbox, Erasure erasure, NpgsqlDataSource database, IRaces races, TimeProvider time, IConfiguration configuration)
    {
        (this.outbox, this.erasure, this.database, this.races) = (outbox, erasure, database, races);
        var queue = configuration.GetValue("Registration:Queue", 2000);
        // One writer: the division's lock lets through one transaction at a time, and what waits for it makes the next batch larger.
        holds = new(new GroupCommitOptions(LargestBatch: 200, Queue: queue), (batch, cancellation) => Holding.HoldAsync(outbox, batch, time, cancellation));
        recollections = new(new GroupCommitOptions(Queue: queue), (batch, cancellation) => Holding.RecallAsync(database, batch, cancellation));
        confirmations = new(new GroupCommitOptions(Queue: queue), (batch, cancellation) => Settling.ConfirmAsync(outbox, batch, time.GetUtcNow(), cancellation));
        promises = new(new GroupCommitOptions(Queue: queue), (batch, cancellation) => Settling.AwaitAsync(outbox, batch, time.GetUtcNow(), cancellation));
        releases = new(new GroupCommitOptions(Queue: queue), (batch, cancellation) => Settling.ReleaseAsync(outbox, batch, time.GetUtcNow(), cancellation));
    }

    /// <inheritdoc/>
    public Task<HoldResult>? Hold(HeldRegistration registration) => holds.TryWrite(registration, out var result) ? result : null;

    /// <inheritdoc/>
    public Task<HoldResult?>? Recall(IdempotencyKey key) => recollections.TryWrite(key, out var result) ? result : null;

    /// <inheritdoc/>
    public Task<RegistrationStatus> ConfirmAsync(HeldRegistration registration, CancellationToken cancellationToken) =>
        confirmations.WriteAsync(registration, cancellationToken);

    /// <inheritdoc/>
    public Task<RegistrationStatus> ReleaseAsync(HeldRegistration registration, RegistrationStatus to, CancellationToken cancellationToken) =>
        releases.WriteAsync((registration, to), cancellationToken);

    /// <inheritdoc/>
    public Task<RegistrationStatus> AwaitPaymentAsync(HeldRegistration registration, CancellationToken cancellationToken) =>
        promises.WriteAsync(registration, cancellationToken);

    /// <inheritdoc/>
    public async Task<StoredRegistration?> CancelAsync(
        string number, byte[]? accessKeyHash, Func<StoredRegistration, Race, int?> refundOf, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var registration = await Cancellation.CancelAsync(work, number, accessKeyHash, refundOf, now, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return registration;
    }

    /// <inheritdoc/>
    public async Task<(StoredRegistration? Registration, bool IsTwice)> ChangeAsync(
        string number, byte[] accessKeyHash, Func<StoredRegistration, Race, Runner?> decide, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await using var select = work.Command(StoredRegistrations.ByNumber("FOR UPDATE"), number);
        if (await StoredRegistrations.FindAsync(select, accessKeyHash, cancellationToken) is not { } registration) return (null, false);
        var race = (await StoredRaces.FindAsync(work, registration.RaceId, cancellationToken))!;
        if (decide(registration, race) is not { } runner || runner == registration.Runner) return (registration, false);
        try { registration = await Correction.ChangeAsync(work, registration, runner, now, cancellationToken); }
        catch (PostgresException taken) when (taken is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "registrations_once" }) { return (registration, true); }
        await work.CommitAsync(cancellationToken);
        return (registration, false);
    }

    /// <inheritdoc/>
    public async Task<StoredRegistration?> EraseAsync(
        string number, byte[]? accessKeyHash, Func<StoredRegistration, Race, bool> mayErase, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        await using var select = work.Command(StoredRegistrations.ByNumber("FOR UPDATE"), number);
        var found = await StoredRegistrations.FindForAsync(select, accessKeyHash, cancellationToken);
        if (found is not { ErasedAt: null } registration || !mayErase(registration, (await StoredRaces.FindAsync(work, registration.RaceId, cancellationToken))!)) return found;
        await Erasing.EraseAsync(work, erasure, [registration.Id], now, cancellationToken);
        // Read again: what was written, as it was written.
        await using var reread = work.Command(StoredRegistrations.ByNumber(), number);
        var erased = await StoredRegistrations.FindAsync(reread, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return erased;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Guid>> EraseNextAsync(IReadOnlyList<Guid> races, Guid last, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var locked = await Erasing.LockNextAsync(work, races, last, limit, cancellationToken);
        if (locked.Count == 0) return locked;
        await Erasing.EraseAsync(work, erasure, locked, now, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return locked;
    }

    /// <inheritdoc/>
    public async Task<StoredRegistration?> FindAsync(string number, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(StoredRegistrations.ByNumber());
        select.Parameters.AddWithValue(number);
        return await StoredRegistrations.FindAsync(select, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<StoredRegistration?> FindAsync(string number, byte[] accessKeyHash, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(StoredRegistrations.ByNumber());
        select.Parameters.AddWithValue(number);
        return await StoredRegistrations.FindAsync(select, accessKeyHash, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<UnsettledRegistration>> LeaseUnsettledAsync(int count, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) =>
        UnsettledRegistrations.LeaseAsync(database, races, count, now, lease, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await holds.DisposeAsync();
        await recollections.DisposeAsync();
        await confirmations.DisposeAsync();
        await promises.DisposeAsync();
        await releases.DisposeAsync();
    }
}
