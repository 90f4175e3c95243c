using System;

namespace AvatarBridge
{
    /// <summary>Port, stream and forwarding together: what a receiver component owns.</summary>
    internal sealed class StreamLink : IDatagramSink, IDisposable
    {
        readonly DatagramReceiver _receiver;
        readonly DatagramForwarder _forwarder;

        public StreamLink(string address, int port, string[] forwardTo)
        {
            _forwarder = new DatagramForwarder(forwardTo, port);
            _receiver = new DatagramReceiver(address, port, this);
            _receiver.Start();
        }

        public LiveStream Stream { get; } = new LiveStream();

        public string Sender => _receiver.Sender;

        public PortState Port => _receiver.State;

        public string Fault => _receiver.Fault + _forwarder.Fault;

        public StreamStatus Sample(double now, StreamSettings settings)
        {
            var status = Stream.Sample(now, settings);
            if (_receiver.State != PortState.Open) status.Link = LinkState.Closed;
            return status;
        }

        public void Dispose()
        {
            _receiver.Dispose();
            _forwarder.Dispose();
        }

        void IDatagramSink.Accept(byte[] buffer, int length, double arrival)
        {
            Stream.Ingest(buffer, length, arrival);
            if (_forwarder.Count > 0) _forwarder.Send(buffer, length);
        }
    }
}
