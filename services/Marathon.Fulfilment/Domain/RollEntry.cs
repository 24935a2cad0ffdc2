namespace Marathon.Fulfilment.Domain;

/// <summary>Who runs and where the kit goes, in which sizes.</summary>
public sealed record Runner(string Name, string PhoneNo, string Address, string TopSize, string BottomSize)
{
    /// <summary>Erased: nobody knows any more who it was.</summary>
    public bool IsForgotten => Name.Length == 0;
}

/// <summary>A line of the organiser's roll, the RegisterMaster, before it has its bib.</summary>
/// <param name="RegistrationId">Whose.</param>
/// <param name="Number">The registration's number.</param>
/// <param name="RaceId">The race.</param>
/// <param name="RaceName">Its name when the registration was made.</param>
/// <param name="Division">The division.</param>
/// <param name="Runner">Who runs.</param>
/// <param name="ConfirmedAt">When the place was paid for: who was first is served first.</param>
public sealed record RollEntry(Guid RegistrationId, string Number, Guid RaceId, string RaceName, Division Division, Runner Runner, DateTimeOffset ConfirmedAt);

/// <summary>What the roll knows of a division.</summary>
public sealed record Division(Guid Id, string Name);

/// <summary>What Fulfilment knows of a race, from Registration.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">As people call it.</param>
/// <param name="PicksUp">Whether kits are handed out instead of sent.</param>
/// <param name="Divisions">Its distances or waves, and how many places they have.</param>
/// <param name="TopSizes">Shirts to choose from in any of them.</param>
/// <param name="BottomSizes">Shorts to choose from in any of them.</param>
public sealed record RacePlan(
    Guid Id, string Name, bool PicksUp, IReadOnlyList<(Guid Id, int Capacity)> Divisions, IReadOnlyList<string> TopSizes, IReadOnlyList<string> BottomSizes)
{
    /// <summary>Everything that its kits are made of.</summary>
    public IEnumerable<Sku> Skus => TopSizes.Select(size => new Sku(Id, Item.Top, size)).Concat(BottomSizes.Select(size => new Sku(Id, Item.Bottom, size)));
}
