using System.Security.Cryptography;
using System.Text;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application.Scheduling;

/// <summary>Makes a race of what the organiser wrote. It opens at its opening time, or by hand.</summary>
public sealed class ScheduleRaceHandler(IRaceBook book, IRaces races, TimeProvider time, ILogger<ScheduleRaceHandler> logger)
{
    /// <summary>The race, or what is wrong with each field.</summary>
    /// <param name="draft">What the organiser wrote.</param>
    /// <param name="once">Null: a race of its own. Under the same key the same is scheduled once, and stays as it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<RaceDecision> HandleAsync(RaceDraft draft, IdempotencyKey? once, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var decision = draft.Schedule(once is null ? Guid.CreateVersion7(now) : IdOf(once), () => Guid.CreateVersion7(now), now);
        if (decision.Rejection is not null) return decision;
        var added = await book.AddAsync(decision, once?.RequestHash, now, cancellationToken);
        if (added == RaceAdded.ByAnother) return RaceDecision.Refuse(new RaceRejection.KeyReused());
        if (added == RaceAdded.Before) decision = (await book.DecideAsync(decision.Race!.Id, RaceDecision.Unchanged, now, cancellationToken))!;
        await races.ReadAgainAsync(logger);
        return decision;
    }

    private static Guid IdOf(IdempotencyKey once) => new(SHA256.HashData(Encoding.UTF8.GetBytes(once.Key)).AsSpan(0, 16), bigEndian: true);
}
