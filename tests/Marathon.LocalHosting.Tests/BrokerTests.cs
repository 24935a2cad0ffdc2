using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Marathon.ServiceDefaults.Local;

namespace Marathon.LocalHosting.Tests;

/// <summary>The embedded broker as a process that is killed and comes back empty, with clients that are not made anew.</summary>
public sealed class BrokerTests : IDisposable
{
    private const string Topic = "things";
    private readonly int port = Ports.Free();
    private readonly ConcurrentQueue<string> seen = new();
    private readonly List<(Task Task, CancellationTokenSource Over)> consumers = [];
    private Process broker;
    private int life;

    public BrokerTests()
    {
        ConfluentKafka.Load();
        broker = StartBroker();
    }

    public void Dispose()
    {
        StopConsuming();
        broker.Kill();
        broker.Dispose();
    }

    /// <summary>As the services use it: a producer lives on and finds the next broker, consumers belong to one cluster and are made anew.</summary>
    [Fact]
    public async Task KilledBroker_TheProducerGoesOnWithTheNextOne_AndNewConsumersShareItsMessages()
    {
        using var producer = Producer();
        for (var life = 0; life < 4; life++)
        {
            Consume();
            Consume();
            await SendAsync(producer, $"life {life}", 100);
            StopConsuming();
            broker.Kill();
            await broker.WaitForExitAsync();
            broker = StartBroker();
        }
    }

    [Fact]
    public async Task ClusterId_DiffersFromLifeToLife()
    {
        var first = await ClusterIdAsync();
        broker.Kill();
        await broker.WaitForExitAsync();
        broker = StartBroker();
        Assert.NotEqual(first, await ClusterIdAsync());
    }

    private async Task<string> ClusterIdAsync()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Address }).Build();
        return (await admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = TimeSpan.FromSeconds(20) })).ClusterId;
    }

    private string Address => $"127.0.0.1:{port}";

    private Process StartBroker() => Process.Start(new ProcessStartInfo("dotnet", [
        BuiltPaths.Broker, "--port", port.ToString(CultureInfo.InvariantCulture), "--topics", Topic, "--partitions", "3",
        "--life", (life++).ToString(CultureInfo.InvariantCulture)]))!;

    private IProducer<string, string> Producer() => new ProducerBuilder<string, string>(Tuned(new ProducerConfig
    {
        EnableIdempotence = true,
        LingerMs = 5,
    })).SetLogHandler((_, _) => { }).Build();

    private void Consume()
    {
        var over = new CancellationTokenSource();
        consumers.Add((Task.Factory.StartNew(() => Consume(over.Token), TaskCreationOptions.LongRunning), over));
    }

    private void Consume(CancellationToken over)
    {
        using var consumer = new ConsumerBuilder<string, string>(Tuned(new ConsumerConfig
        {
            GroupId = "group",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoOffsetStore = false,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        })).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(Topic);
        while (!over.IsCancellationRequested)
        {
            try
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } message) continue;
                seen.Enqueue(message.Message.Value);
                consumer.StoreOffset(message);
            }
            catch (KafkaException error) when (!error.Error.IsFatal)
            {
                // While the broker is away.
            }
        }
        consumer.Close();
    }

    private void StopConsuming()
    {
        foreach (var consumer in consumers) consumer.Over.Cancel();
        Task.WaitAll([.. consumers.Select(consumer => consumer.Task)]);
        foreach (var consumer in consumers) consumer.Over.Dispose();
        consumers.Clear();
    }

    /// <summary>Sends and waits until all of it was consumed.</summary>
    private async Task SendAsync(IProducer<string, string> producer, string name, int count)
    {
        await Task.WhenAll(Enumerable.Range(0, count).Select(
            number => producer.ProduceAsync(Topic, new Message<string, string> { Key = $"{number}", Value = $"{name} {number}" })));
        await Eventually.HoldsAsync(
            () => seen.Where(value => value.StartsWith(name + " ", StringComparison.Ordinal)).Distinct().Count() == count,
            $"all {count} of '{name}' consumed", seconds: 30);
    }

    /// <summary>What makes clients find the next broker within two or three seconds.</summary>
    private T Tuned<T>(T config) where T : ClientConfig
    {
        config.BootstrapServers = Address;
        config.ReconnectBackoffMaxMs = 1000;
        config.Set("metadata.recovery.rebootstrap.trigger.ms", "1000");
        return config;
    }
}
