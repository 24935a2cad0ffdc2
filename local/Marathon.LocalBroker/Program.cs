// librdkafka's mock cluster as a program: --port 9092 [--topics a,b] [--partitions 12] [--life 0] [--errors 0]
// --errors MS: every so many milliseconds one request is answered with an error, for tests.
// (--data DIR is accepted and not used: all is in memory)
using Marathon.LocalBroker;

var options = Options.Parse(args);
var cluster = MockCluster.Start(options.Topics, options.Partitions, options.Life);
using var entrance = Forwarder.Start(options.Port, cluster.Port);
if (options.ErrorsMs > 0) _ = cluster.FailAsync(TimeSpan.FromMilliseconds(options.ErrorsMs));
Console.WriteLine($"listening at 127.0.0.1:{options.Port}, broker at 127.0.0.1:{cluster.Port}, in memory");

var told = new TaskCompletionSource();
using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, Stop);
using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, Stop);
await told.Task;
// All of it is in memory: there is nothing to put in order.
Environment.Exit(0);

void Stop(System.Runtime.InteropServices.PosixSignalContext context)
{
    context.Cancel = true;
    told.TrySetResult();
}
