namespace Marathon.Fulfilment.Domain;

/// <summary>
/// The goods of some races, for as long as nobody else can move them. Whoever waits longest is served first: what is awaited is not given to who comes later,
/// even if a piece of it is free.
/// </summary>
/// <param name="levels">What there is. A race that no goods have come for has none.</param>
/// <param name="awaited">What some runner waits for already.</param>
public sealed class Shelves(IReadOnlyDictionary<Sku, Level> levels, IEnumerable<Sku> awaited)
{
    private readonly Dictionary<Sku, Level> now = new(levels);
    private readonly HashSet<Sku> awaited = [.. awaited];
    private readonly List<Movement> movements = [];

    /// <summary>What there is now.</summary>
    public IReadOnlyDictionary<Sku, Level> Levels => now;

    /// <summary>What was moved, in order.</summary>
    public IReadOnlyList<Movement> Movements => movements;

    /// <summary>What there is now of everything that was moved.</summary>
    public IEnumerable<KeyValuePair<Sku, Level>> Changed => movements.Select(movement => movement.Sku).Distinct().Select(sku => KeyValuePair.Create(sku, now[sku]));

    /// <summary>Whether any goods have come for a race. Until then its kits wait for the organiser, not for stock.</summary>
    public bool Keeps(Guid raceId) => now.Keys.Any(sku => sku.RaceId == raceId);

    /// <summary>What there is.</summary>
    public Level Of(Sku sku) => now.GetValueOrDefault(sku);

    /// <summary>Moves pieces; false, and nothing is moved, when there are not so many where they would move from.</summary>
    public bool TryMove(Movement movement)
    {
        if (Of(movement.Sku).After(movement.Kind, movement.Quantity) is not { } after) return false;
        now[movement.Sku] = after;
        movements.Add(movement);
        return true;
    }

    /// <summary>Puts pieces onto a shelf, which always has room.</summary>
    public void Receive(Movement movement)
    {
        if (!TryMove(movement)) throw new InvalidOperationException($"{movement} was not received.");
    }

    /// <summary>Sets a piece aside for a runner; false when none is free, or somebody has waited for it longer.</summary>
    public bool TryAllocate(Sku sku, Guid registrationId)
    {
        if (!awaited.Contains(sku) && TryMove(new Movement(sku, MovementKind.Allocated, 1, registrationId))) return true;
        awaited.Add(sku);
        return false;
    }

    /// <summary>Moves a runner's piece, which is where it moves from: anything else is a mistake of ours.</summary>
    public void Move(Sku sku, MovementKind kind, Guid registrationId)
    {
        if (!TryMove(new Movement(sku, kind, 1, registrationId))) throw new InvalidOperationException($"{kind} of {sku} for {registrationId}: there is {Of(sku)}.");
    }
}
