using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marathon.Messaging;

/// <summary>Creates the topics at start, where the broker allows it; a broker that does not has them already, or makes them at the first message.</summary>
internal sealed class Topics(KafkaConnection kafka, ILogger<Topics> logger) : BackgroundService
{
    private const int Partitions = 12;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var admin = new AdminClientBuilder(kafka.Client()).SetLogHandler((_, _) => { }).Build();
        var topics = EventCatalog.Streams.Select(stream => new TopicSpecification { Name = EventCatalog.Topic(stream), NumPartitions = Partitions, ReplicationFactor = -1 });
        try
        {
            await admin.CreateTopicsAsync(topics, new CreateTopicsOptions { RequestTimeout = TimeSpan.FromSeconds(10), OperationTimeout = TimeSpan.FromSeconds(10) })
                .WaitAsync(stoppingToken);
        }
        catch (CreateTopicsException exception)
        {
            foreach (var report in exception.Results.Where(report => report.Error.IsError && report.Error.Code != ErrorCode.TopicAlreadyExists))
                logger.LogInformation("Topic {Topic} was not created: {Reason}", report.Topic, report.Error.Reason);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            logger.LogInformation("The broker creates no topics: {Reason}", Rounds.Reason(exception));
        }
    }
}
