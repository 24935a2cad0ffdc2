using Marathon.Contracts;
using Marathon.Fulfilment.Domain;
using Marathon.Messaging;

namespace Marathon.Fulfilment.Application.Returning;

/// <summary>A kit came back.</summary>
/// <param name="RegistrationId">Whose.</param>
/// <param name="IsGood">Whether somebody else can have it; if not, it is scrapped.</param>
public sealed record ReturnKit(Guid RegistrationId, bool IsGood);

/// <inheritdoc cref="ReturnKit"/>
public sealed class ReturnGoods(Kits kits, Outbox outbox)
{
    /// <summary>What became of it; no step where the kit had not left.</summary>
    public async Task<KitSteps> HandleAsync(ReturnKit command, CancellationToken cancellationToken)
    {
        await using var work = await outbox.BeginAsync(cancellationToken);
        var steps = await kits.StepAsync(
            [command.RegistrationId],
            (found, shelves) => Task.FromResult<IReadOnlyList<Delivery>>([.. found.SelectMany(kit => kit.Return(command.IsGood, shelves))]),
            work, cancellationToken,
            tell: (kit, now) => kit.Status is DeliveryStatus.Returned
                ? new GoodsReturned { RegistrationId = kit.RegistrationId, Number = kit.Number, At = now, IsGood = command.IsGood }
                : Kits.Fact(kit, now));
        await work.CommitAsync(cancellationToken);
        return steps;
    }
}
