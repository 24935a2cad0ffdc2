using Marathon.Testing;

namespace Marathon.Messaging.Tests.Crashes;

/// <summary>A test that kills the broker: not one that others use.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnBrokerFactAttribute : FactAttribute
{
    public OwnBrokerFactAttribute()
    {
        if (!Servers.OwnsKafka) Skip = "The broker at KAFKA_BOOTSTRAP is not ours to kill.";
    }
}

/// <summary>A test that makes the broker fail, which only the embedded one can be told to.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EmbeddedBrokerFactAttribute : FactAttribute
{
    public EmbeddedBrokerFactAttribute()
    {
#if LOCAL
        if (!Servers.IsKafkaEmbedded) Skip = "A real broker does not fail on demand.";
#else
        Skip = "Only the embedded broker of the Local build fails on demand.";
#endif
    }
}
