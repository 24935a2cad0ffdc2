namespace Marathon.Registration.Domain;

/// <summary>How runners get their kits: sent to them, or by coming to where the organiser hands them out.</summary>
public enum KitHandover { Shipping, PickUp }

/// <summary>How they are written.</summary>
public static class KitHandovers
{
    /// <summary>All of them, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> Texts { get; } = ["SHIPPING", "PICK_UP"];

    /// <summary>As the API, the events and the database write it: <c>PICK_UP</c>.</summary>
    public static string Text(this KitHandover handover) => Texts[(int)handover];

    /// <summary>The one that is written so; null when none is.</summary>
    public static KitHandover? Find(string text)
    {
        foreach (var handover in Enum.GetValues<KitHandover>())
            if (handover.Text() == text) return handover;
        return null;
    }
}
