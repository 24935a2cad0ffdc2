using Marathon.ServiceDefaults.Http;

namespace Marathon.Gateway.Access;

/// <summary>Who may make a call. The three roles are those of accounts; everyone else has none.</summary>
[Flags]
internal enum Callers
{
    Nobody = 0,

    /// <summary>Runs races: reads and does everything.</summary>
    Organiser = 1,

    /// <summary>Works at a race: what is done with runners and kits.</summary>
    Crew = 2,

    /// <summary>Reads, and changes nothing.</summary>
    Auditor = 4,

    /// <summary>Whoever has logged in.</summary>
    Staff = Organiser | Crew | Auditor,

    /// <summary>Whoever has an access key, which is for the service to judge: anybody, as far as the gateway can tell.</summary>
    Runner = 8,

    /// <summary>It does not matter who.</summary>
    Everyone = Staff | Runner,
}

internal static class Roles
{
    /// <summary>The roles an account can have, by their names in files and answers.</summary>
    public static readonly IReadOnlyDictionary<string, Callers> ByName =
        new Dictionary<string, Callers> { [Actor.Organiser] = Callers.Organiser, [Actor.Crew] = Callers.Crew, [Actor.Auditor] = Callers.Auditor };

    public static string Name(this Callers role) => ByName.Single(entry => entry.Value == role).Key;
}
