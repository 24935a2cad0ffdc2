namespace Marathon.Fulfilment.Adapters.Http;

/// <summary>Registrations' numbers as people write them.</summary>
internal static class Numbers
{
    public const int Longest = 40;

    public static string Normal(string number) => number.Trim().ToUpperInvariant();
}
