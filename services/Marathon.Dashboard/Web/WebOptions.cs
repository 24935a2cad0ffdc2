namespace Marathon.Dashboard.Web;

/// <summary>Configured under <c>Web</c>.</summary>
internal sealed record WebOptions
{
    /// <summary>Whether Payment's provider is the simulated one: then the form offers its tokens, with what each does. The AppHost says so.</summary>
    public bool SimulatedPayments { get; init; }
}
