namespace Marathon.Fulfilment.Domain;

/// <summary>Who runs and where the kit goes, in which sizes.</summary>
public sealed record Runner(string Name, string PhoneNo, string Address, string TopSize, string BottomSize);

/// <summary>A line of the organiser's roll, the RegisterMaster, before it has its bib.</summary>
public sealed record RollEntry(Guid RegistrationId, string Number, Race Race, Division Division, Runner Runner);

/// <summary>What the roll knows of a race.</summary>
public sealed record Race(Guid Id, string Name);

/// <summary>What the roll knows of a division.</summary>
public sealed record Division(Guid Id, string Name);
