using Marathon.Testing;

namespace Marathon.Payments.Tests;

public class LayersTests
{
    [Fact]
    public void Payment_DependenciesPointInwards() => Assert.Empty(Layers.Violations(typeof(Payments.Domain.Payment).Assembly, "Marathon.Payments"));
}
