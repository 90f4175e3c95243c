using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace AvatarBridge
{
    internal interface IDatagramSink
    {
        /// <summary>On the receiving thread; the buffer is used again after the call.</summary>
        void Accept(byte[] buffer, int length, double arrival);
    }

    internal enum PortState { Closed, Opening, Open, InUse, Failed }

    /// <summary>
    /// A thread that reads one UDP port until it is disposed. A socket that fails is opened again
    /// with growing pauses; nothing a datagram does ends it.
    /// </summary>
    internal sealed class DatagramReceiver : IDisposable
    {
        const int MaxDatagramBytes = 65535;
        // Some hundred frames, should the machine stall for a moment.
        const int SocketBufferBytes = 1 << 20;
        const int PollMilliseconds = 250;
        const int FirstPauseMilliseconds = 250;
        const int LongestPauseMilliseconds = 4000;
        const int StopMilliseconds = 1000;
        // ReceiveFrom allocates, Receive does not: the sender's address is read this often only.
        const double SenderCheckSeconds = 1;

        readonly string _address;
        readonly int _port;
        readonly IDatagramSink _sink;
        readonly ManualResetEvent _stop = new ManualResetEvent(false);
        readonly byte[] _buffer = new byte[MaxDatagramBytes];

        Thread _thread;
        volatile Socket _socket;
        volatile bool _stopping;
        volatile PortState _state;
        volatile string _fault = "";
        volatile string _sender = "";
        long _sinkFaults;

        public DatagramReceiver(string address, int port, IDatagramSink sink)
        {
            _address = address;
            _port = port;
            _sink = sink;
        }

        public PortState State => _state;
        /// <summary>Why the port is not open, in words for the user; empty when it is.</summary>
        public string Fault => _fault;
        /// <summary>Who sent last, "address:port"; empty before the first datagram.</summary>
        public string Sender => _sender;
        /// <summary>Exceptions that came out of the sink; a fault of this package.</summary>
        public long SinkFaults => Interlocked.Read(ref _sinkFaults);

        public void Start()
        {
            if (_thread != null) return;
            _state = PortState.Opening;
            _thread = new Thread(Run) { IsBackground = true, Name = "Avatar Bridge receiver" };
            _thread.Start();
        }

        public void Dispose()
        {
            _stopping = true;
            _stop.Set();
            _socket?.Close(); // ends a Receive that waits
            if (_thread != null && _thread.Join(StopMilliseconds)) _stop.Close();
            _thread = null;
            _state = PortState.Closed;
        }

        void Run()
        {
            var pause = FirstPauseMilliseconds;
            while (!_stopping)
            {
                try
                {
                    using (var socket = Open())
                    {
                        pause = FirstPauseMilliseconds;
                        Listen(socket);
                    }
                }
                catch (SocketException e)
                {
                    var inUse = e.SocketErrorCode == SocketError.AddressAlreadyInUse;
                    Fail(inUse ? PortState.InUse : PortState.Failed, inUse
                        ? $"UDP port {_port} is used by another program. Close it, or set another port here and in the sender."
                        : $"UDP {_address}:{_port} cannot be opened: {e.Message} ({e.SocketErrorCode}).");
                }
                catch (Exception e)
                {
                    Fail(PortState.Failed, $"UDP {_address}:{_port} cannot be opened: {e.Message}");
                }
                if (_stopping || _stop.WaitOne(pause)) return;
                pause = Math.Min(pause * 2, LongestPauseMilliseconds);
            }
        }

        void Fail(PortState state, string fault)
        {
            if (_stopping) return;
            _fault = fault;
            _state = state;
        }

        Socket Open()
        {
            if (!Endpoint.TryParseBind(_address, out var address))
                throw new FormatException(
                    $"'{_address}' is no IP address. Use 127.0.0.1 for this computer, 0.0.0.0 for all IPv4 networks, :: for IPv6.");
            if (!Endpoint.IsPort(_port))
                throw new FormatException($"port {_port} is outside 1 to {IPEndPoint.MaxPort}.");

            var socket = Endpoint.OpenUdp(address.AddressFamily);
            try
            {
                if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
                // Otherwise two programs may share the port, and only one of them gets the data.
                socket.ExclusiveAddressUse = true;
                socket.ReceiveBufferSize = SocketBufferBytes;
                socket.ReceiveTimeout = PollMilliseconds;
                socket.Bind(new IPEndPoint(address, _port));
            }
            catch
            {
                socket.Close();
                throw;
            }
            _socket = socket;
            _fault = "";
            _state = PortState.Open;
            return socket;
        }

        void Listen(Socket socket)
        {
            var checkSenderAt = 0.0;
            EndPoint from = new IPEndPoint(
                socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
            while (!_stopping)
            {
                int length;
                if (MonotonicClock.Now >= checkSenderAt)
                {
                    if (!socket.Poll(PollMilliseconds * 1000, SelectMode.SelectRead)) continue;
                    length = socket.ReceiveFrom(_buffer, 0, _buffer.Length, SocketFlags.None, ref from);
                    checkSenderAt = MonotonicClock.Now + SenderCheckSeconds;
                    var sender = from.ToString();
                    if (sender != _sender) _sender = sender;
                }
                else
                {
                    length = socket.Receive(_buffer, 0, _buffer.Length, SocketFlags.None, out var error);
                    // Too long for the buffer cannot be; a time-out or an ICMP report is no fault.
                    if (error == SocketError.TimedOut || error == SocketError.WouldBlock
                        || error == SocketError.Interrupted || error == SocketError.ConnectionReset) continue;
                    if (error != SocketError.Success) throw new SocketException((int)error);
                }
                if (length > 0) Deliver(length);
            }
        }

        void Deliver(int length)
        {
            try
            {
                _sink.Accept(_buffer, length, MonotonicClock.Now);
            }
            catch (Exception e)
            {
                // Reception must go on whatever happens; the inspector shows the count and the first.
                if (Interlocked.Increment(ref _sinkFaults) == 1) _fault = $"A datagram could not be read: {e}";
            }
        }
    }
}
