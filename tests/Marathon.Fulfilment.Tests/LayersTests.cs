using Marathon.Testing;

namespace Marathon.Fulfilment.Tests;

public class LayersTests
{
    /// <summary>Its use cases work inside the transaction of the events they answer, and say in it what follows: they know the unit of work and the contracts.</summary>
    [Fact]
    public void Fulfilment_DependenciesPointInwards() =>
        Assert.Empty(Layers.Violations(typeof(Fulfilment.Domain.Delivery).Assembly, "Marathon.Fulfilment", "Marathon.Messaging", "Marathon.Contracts"));
}
