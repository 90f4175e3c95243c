using System;
using System.Collections.Generic;

namespace UnityEngine
{
    [Flags]
    public enum HideFlags { None = 0, DontSave = 52, HideAndDontSave = 61 }

    public enum FindObjectsSortMode { None, InstanceID }

    public class Object
    {
        internal bool Destroyed;

        public virtual string name { get; set; } = "";
        public HideFlags hideFlags { get; set; }

        public int GetInstanceID() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        public static implicit operator bool(Object o) => o != null;

        // A destroyed object compares equal to null, as in the engine.
        public static bool operator ==(Object a, Object b)
        {
            var noA = ReferenceEquals(a, null) || a.Destroyed;
            var noB = ReferenceEquals(b, null) || b.Destroyed;
            return noA || noB ? noA && noB : ReferenceEquals(a, b);
        }

        public static bool operator !=(Object a, Object b) => !(a == b);
        public override bool Equals(object other) => other is Object o ? this == o : other == null && Destroyed;
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        public static void Destroy(Object o) => DestroyImmediate(o);

        public static void DestroyImmediate(Object o)
        {
            if (o is GameObject gameObject) gameObject.DestroyTree();
            else if (o is Component component) component.gameObject.Remove(component);
            if (!ReferenceEquals(o, null)) o.Destroyed = true;
        }

        public static T FindObjectOfType<T>() where T : Object
        {
            foreach (var gameObject in GameObject.All)
                foreach (var component in gameObject.Components)
                    if (component is T found) return found;
            return null;
        }

        public static T FindFirstObjectByType<T>() where T : Object => FindObjectOfType<T>();

        public static T[] FindObjectsByType<T>(FindObjectsSortMode sort) where T : Object => FindObjectsOfType<T>();

        public static T[] FindObjectsOfType<T>() where T : Object
        {
            var found = new List<T>();
            foreach (var gameObject in GameObject.All)
                foreach (var component in gameObject.Components)
                    if (component is T match) found.Add(match);
            return found.ToArray();
        }

        public static void DontDestroyOnLoad(Object o) { }
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }
        public Transform transform => gameObject.transform;
        public override string name { get => gameObject.name; set => gameObject.name = value; }
        public T GetComponent<T>() => gameObject.GetComponent<T>();
        public T GetComponentInParent<T>() => gameObject.GetComponentInParent<T>();
        public T GetComponentInChildren<T>() => gameObject.GetComponentInChildren<T>();
        public T[] GetComponentsInChildren<T>(bool includeInactive = false) => gameObject.GetComponentsInChildren<T>(includeInactive);
        public bool TryGetComponent<T>(out T component) => gameObject.TryGetComponent(out component);
    }

    public class Behaviour : Component
    {
        public bool enabled { get; set; } = true;
        public bool isActiveAndEnabled => enabled && gameObject.activeInHierarchy;
    }

    public class MonoBehaviour : Behaviour { }

    public class ScriptableObject : Object
    {
        public static T CreateInstance<T>() where T : ScriptableObject, new() => new T();
    }

    public sealed class GameObject : Object
    {
        internal static readonly List<GameObject> All = new List<GameObject>();
        internal readonly List<Component> Components = new List<Component>();

        public GameObject(string name = "GameObject")
        {
            this.name = name;
            transform = new Transform { gameObject = this };
            Components.Add(transform);
            All.Add(this);
        }

        public Transform transform { get; }
        public string tag { get; set; } = "Untagged";
        public bool activeSelf { get; private set; } = true;
        public bool activeInHierarchy => activeSelf && (transform.parent == null || transform.parent.gameObject.activeInHierarchy);

        public void SetActive(bool active) => activeSelf = active;

        public T AddComponent<T>() where T : Component, new()
        {
            var component = new T { gameObject = this };
            Components.Add(component);
            return component;
        }

        public Component AddComponent(Type type)
        {
            var component = (Component)Activator.CreateInstance(type);
            component.gameObject = this;
            Components.Add(component);
            return component;
        }

        public T GetComponent<T>()
        {
            foreach (var component in Components)
                if (component is T found) return found;
            return default(T);
        }

        public bool TryGetComponent<T>(out T component)
        {
            component = GetComponent<T>();
            return component != null;
        }

        public T GetComponentInParent<T>()
        {
            for (var t = transform; t != null; t = t.parent)
            {
                var found = t.gameObject.GetComponent<T>();
                if (found != null) return found;
            }
            return default(T);
        }

        public T GetComponentInChildren<T>()
        {
            var all = GetComponentsInChildren<T>(true);
            return all.Length > 0 ? all[0] : default(T);
        }

        public T[] GetComponentsInChildren<T>(bool includeInactive = false)
        {
            var found = new List<T>();
            Collect(transform, found);
            return found.ToArray();
        }

        static void Collect<T>(Transform t, List<T> found)
        {
            foreach (var component in t.gameObject.Components)
                if (component is T match) found.Add(match);
            for (var i = 0; i < t.childCount; i++) Collect(t.GetChild(i), found);
        }

        public static GameObject CreatePrimitive(PrimitiveType type)
        {
            var gameObject = new GameObject(type.ToString());
            gameObject.AddComponent<MeshRenderer>();
            gameObject.AddComponent<Collider>();
            return gameObject;
        }

        internal void Remove(Component component) => Components.Remove(component);

        internal void DestroyTree()
        {
            All.Remove(this);
            while (transform.childCount > 0) DestroyImmediate(transform.GetChild(0).gameObject);
            transform.SetParent(null, false);
            foreach (var component in Components) component.Destroyed = true;
        }
    }

    public enum PrimitiveType { Sphere, Capsule, Cylinder, Cube, Plane, Quad }
}
