using System;
using System.Collections.Generic;
using System.Reflection;
using UnityEngine;

namespace AvatarBridge.Harness
{
    /// <summary>Calls the messages of behaviours as the engine's player loop does, in execution order.</summary>
    internal sealed class PlayerLoop
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

        readonly List<MonoBehaviour> _behaviours = new List<MonoBehaviour>();

        public void Add(MonoBehaviour behaviour)
        {
            _behaviours.Add(behaviour);
            _behaviours.Sort((a, b) => OrderOf(a).CompareTo(OrderOf(b)));
            Send(behaviour, "OnEnable");
        }

        public void Frame()
        {
            foreach (var behaviour in _behaviours) Send(behaviour, "Update");
            foreach (var behaviour in _behaviours) Send(behaviour, "LateUpdate");
        }

        public void Stop()
        {
            foreach (var behaviour in _behaviours) Send(behaviour, "OnDisable");
            _behaviours.Clear();
        }

        static int OrderOf(MonoBehaviour behaviour)
        {
            var attribute = (DefaultExecutionOrder)Attribute.GetCustomAttribute(
                behaviour.GetType(), typeof(DefaultExecutionOrder));
            return attribute == null ? 0 : attribute.order;
        }

        public static void Send(UnityEngine.Object behaviour, string message)
        {
            for (var type = behaviour.GetType(); type != null; type = type.BaseType)
            {
                var method = type.GetMethod(message, Any | BindingFlags.DeclaredOnly);
                if (method == null) continue;
                method.Invoke(behaviour, null);
                return;
            }
        }
    }
}
