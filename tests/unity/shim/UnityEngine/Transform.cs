using System.Collections;
using System.Collections.Generic;

namespace UnityEngine
{
    /// <summary>A real hierarchy with uniform or per-axis scale; skew is not modelled.</summary>
    public sealed class Transform : Component, IEnumerable
    {
        readonly List<Transform> _children = new List<Transform>();
        Transform _parent;

        public Vector3 localPosition { get; set; }
        public Quaternion localRotation { get; set; } = Quaternion.identity;
        public Vector3 localScale { get; set; } = Vector3.one;
        public int childCount => _children.Count;
        public Transform parent { get => _parent; set => SetParent(value, true); }
        public Transform root => _parent == null ? this : _parent.root;

        public Quaternion rotation
        {
            get => _parent == null ? localRotation : _parent.rotation * localRotation;
            set => localRotation = _parent == null ? value : Quaternion.Inverse(_parent.rotation) * value;
        }

        public Vector3 position
        {
            get => _parent == null ? localPosition : _parent.TransformPoint(localPosition);
            set => localPosition = _parent == null ? value : _parent.InverseTransformPoint(value);
        }

        public Vector3 lossyScale => _parent == null ? localScale : Vector3.Scale(_parent.lossyScale, localScale);
        public Vector3 forward => rotation * Vector3.forward;
        public Vector3 up => rotation * Vector3.up;
        public Vector3 eulerAngles { get => rotation.eulerAngles; set => rotation = Quaternion.Euler(value); }
        public Vector3 localEulerAngles { get => localRotation.eulerAngles; set => localRotation = Quaternion.Euler(value); }

        public Transform GetChild(int index) => _children[index];

        public void SetParent(Transform parent) => SetParent(parent, true);

        public void SetParent(Transform parent, bool worldPositionStays)
        {
            var place = position;
            var turn = rotation;
            _parent?._children.Remove(this);
            _parent = parent;
            _parent?._children.Add(this);
            if (!worldPositionStays) return;
            position = place;
            rotation = turn;
        }

        public Vector3 TransformPoint(Vector3 p)
        {
            var here = localPosition + localRotation * Vector3.Scale(localScale, p);
            return _parent == null ? here : _parent.TransformPoint(here);
        }

        public Vector3 InverseTransformPoint(Vector3 p)
        {
            if (_parent != null) p = _parent.InverseTransformPoint(p);
            var d = Quaternion.Inverse(localRotation) * (p - localPosition);
            return new Vector3(d.x / localScale.x, d.y / localScale.y, d.z / localScale.z);
        }

        public Vector3 TransformDirection(Vector3 d) => rotation * d;
        public Vector3 InverseTransformDirection(Vector3 d) => Quaternion.Inverse(rotation) * d;

        public void SetPositionAndRotation(Vector3 position, Quaternion rotation)
        {
            this.position = position;
            this.rotation = rotation;
        }

        public bool IsChildOf(Transform other)
        {
            for (var t = this; t != null; t = t._parent)
                if (t == other) return true;
            return false;
        }

        public Transform Find(string path)
        {
            var current = this;
            foreach (var part in path.Split('/'))
            {
                current = current._children.Find(child => child.name == part);
                if (current == null) return null;
            }
            return current;
        }

        public IEnumerator GetEnumerator() => _children.GetEnumerator();
    }
}
