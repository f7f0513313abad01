package main

import "slices"

// emit carries out one step.
func (c *converter) emit(n *node) *value {
	switch n.Op {
	case "Identity", "Cast":
		return c.input(n, 0)
	case "Conv2D", "_FusedConv2D":
		return c.convolve(n, false)
	case "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative":
		return c.convolve(n, true)
	case "Sigmoid", "Relu6":
		return c.activate(n.Op, c.padded(c.tensor(n, 0)))
	case "LeakyRelu":
		o := *c.padded(c.tensor(n, 0))
		from := o.name
		o.name = c.fresh()
		c.node("LeakyRelu", []string{from}, []string{o.name}, attr{"alpha", n.float("alpha")})
		return &o
	case "Transpose":
		return c.transpose(n)
	case "Pad", "PadV2":
		return c.pad(n)
	case "Add", "AddV2", "Sub", "Mul":
		return c.combine(n)
	case "MaxPool":
		return c.pool(n)
	case "ConcatV2":
		return c.concat(n)
	case "ResizeBilinear":
		return c.resize(n)
	}
	fail("step %s of a kind %q that is not known here", n.Name, n.Op)
	return nil
}

func (c *converter) activate(name string, v *value) *value {
	o := *v
	o.name = c.fresh()
	switch name {
	case "Relu6":
		c.node("Clip", []string{v.name, c.floats(nil, []float32{0}), c.floats(nil, []float32{6})}, []string{o.name})
	case "Relu", "Sigmoid":
		c.node(name, []string{v.name}, []string{o.name})
	default:
		fail("activation %q", name)
	}
	return &o
}

// length is how long a side becomes.
func length(in, kernel, stride, dilation int, padding string) int {
	if padding == "SAME" {
		return (in + stride - 1) / stride
	}
	return (in-((kernel-1)*dilation+1))/stride + 1
}

// convolve writes a convolution with its bias and activation.
func (c *converter) convolve(n *node, depthwise bool) *value {
	x, k := c.ordered(c.tensor(n, 0), channelsLast), c.kernel(n)
	stride, dilation, padding := n.ints("strides"), n.ints("dilations"), n.text("padding")
	order, group, out := []int{2, 3, 1, 0}, 1, k.shape[3]
	if depthwise {
		order, group, out = []int{2, 3, 0, 1}, k.shape[2], k.shape[2]*k.shape[3]
	}
	d, dims := reorder(k.floats, k.shape, order)
	if depthwise {
		dims = []int{out, 1, k.shape[0], k.shape[1]}
	}
	fused := n.texts("fused_ops")
	var bias string
	if len(fused) > 0 && fused[0] == "BiasAdd" {
		b := c.input(n, 2)
		if len(b.floats) != out {
			fail("%s has a bias of %d for %d", n.Name, len(b.floats), out)
		}
		bias, fused = c.floats([]int{out}, b.floats), fused[1:]
	}
	attrs := []attr{{"strides", stride[1:3]}, {"dilations", dilation[1:3]}, {"group", group}, {"kernel_shape", k.shape[:2]}}
	if padding == "SAME" {
		x = c.padded(x)
		attrs = append(attrs, attr{"auto_pad", "SAME_UPPER"})
	} else if x.pad != nil {
		attrs = append(attrs, attr{"pads", []int{x.pad[2], x.pad[3], x.pad[6], x.pad[7]}})
	}
	in := []string{x.name, c.floats(dims, d)}
	if bias != "" {
		in = append(in, bias)
	}
	o := &value{name: c.fresh(), perm: channelsLast, shape: []int{
		x.shape[0], length(x.shape[1], k.shape[0], stride[1], dilation[1], padding), length(x.shape[2], k.shape[1], stride[2], dilation[2], padding), out,
	}}
	c.node("Conv", in, []string{o.name}, attrs...)
	for _, a := range fused {
		o = c.activate(a, o)
	}
	return o
}

// transpose changes what the dimensions mean, and moves nothing.
func (c *converter) transpose(n *node) *value {
	x, p := c.tensor(n, 0), c.numbers(n, 1, 4)
	if sorted := slices.Sorted(slices.Values(p)); !slices.Equal(sorted, straight(4)) {
		fail("%s orders %v", n.Name, p)
	}
	o := *x
	o.perm, o.shape = make([]int, 4), make([]int, 4)
	for i, from := range p {
		o.perm[i], o.shape[i] = x.perm[from], x.shape[from]
	}
	return &o
}

// pad remembers zeros around the picture for the convolution that follows; any
// other padding is carried out.
func (c *converter) pad(n *node) *value {
	x, p := c.padded(c.tensor(n, 0)), c.numbers(n, 1, 8)
	o := *x
	o.shape, o.pad = slices.Clone(x.shape), make([]int, 8)
	for i := range 4 {
		before, after := p[2*i], p[2*i+1]
		if before < 0 || after < 0 || before > 64 || after > 64 {
			fail("%s pads by %v", n.Name, p)
		}
		o.pad[x.perm[i]], o.pad[4+x.perm[i]] = before, after
		o.shape[i] += before + after
	}
	var with float32
	if n.Op == "PadV2" {
		v := c.input(n, 2)
		if len(v.floats) != 1 {
			fail("%s pads with %d numbers", n.Name, len(v.floats))
		}
		with = v.floats[0]
	}
	if with == 0 && o.pad[0]+o.pad[1]+o.pad[4]+o.pad[5] == 0 {
		return &o
	}
	in := []string{x.name, c.ints(o.pad), c.floats(nil, []float32{with})}
	o.name, o.pad = c.fresh(), nil
	c.node("Pad", in, []string{o.name})
	return &o
}

// combine writes arithmetic on two values, one of which may be a constant.
func (c *converter) combine(n *node) *value {
	a, b := c.input(n, 0), c.input(n, 1)
	like := a
	if a.constant() {
		like = b
	}
	if like.constant() || len(like.perm) != 4 {
		fail("%s is of constants", n.Name)
	}
	like = c.padded(like)
	x, y := c.ordered(c.padded(a), like.perm), c.ordered(c.padded(b), like.perm)
	o := *like
	o.shape = slices.Clone(like.shape)
	if len(a.shape) == 4 && len(b.shape) == 4 {
		for i := range o.shape {
			o.shape[i] = max(a.shape[i], b.shape[i])
		}
	}
	o.name = c.fresh()
	op := map[string]string{"Add": "Add", "AddV2": "Add", "Sub": "Sub", "Mul": "Mul"}[n.Op]
	c.node(op, []string{x.name, y.name}, []string{o.name})
	return &o
}

func (c *converter) pool(n *node) *value {
	x := c.padded(c.ordered(c.tensor(n, 0), channelsLast))
	size, stride, padding := n.ints("ksize"), n.ints("strides"), n.text("padding")
	attrs := []attr{{"kernel_shape", size[1:3]}, {"strides", stride[1:3]}}
	if padding == "SAME" {
		attrs = append(attrs, attr{"auto_pad", "SAME_UPPER"})
	}
	o := &value{name: c.fresh(), perm: channelsLast, shape: []int{
		x.shape[0], length(x.shape[1], size[1], stride[1], 1, padding), length(x.shape[2], size[2], stride[2], 1, padding), x.shape[3],
	}}
	c.node("MaxPool", []string{x.name}, []string{o.name}, attrs...)
	return o
}

func (c *converter) concat(n *node) *value {
	last := len(n.Input) - 1
	if last < 1 {
		fail("%s joins nothing", n.Name)
	}
	axis := c.numbers(n, last, 1)[0]
	if axis < 0 {
		axis += 4
	}
	if axis < 0 || axis > 3 {
		fail("%s joins along %d", n.Name, axis)
	}
	first := c.padded(c.tensor(n, 0))
	o := *first
	o.shape = slices.Clone(first.shape)
	o.shape[axis] = 0
	var in []string
	for i := range last {
		v := c.padded(c.ordered(c.tensor(n, i), first.perm))
		in = append(in, v.name)
		o.shape[axis] += v.shape[axis]
	}
	o.name = c.fresh()
	c.node("Concat", in, []string{o.name}, attr{"axis", first.perm[axis]})
	return &o
}

// resize makes a picture larger: twice, unless a constant size says otherwise.
func (c *converter) resize(n *node) *value {
	x := c.padded(c.ordered(c.tensor(n, 0), channelsLast))
	if len(n.Input) < 2 {
		fail("%s has no size", n.Name)
	}
	tall, wide := float32(2), float32(2)
	if size := c.consts[n.Input[1]]; size != nil {
		to := c.numbers(n, 1, 2)
		if x.shape[1] < 1 || x.shape[2] < 1 {
			fail("%s makes nothing larger", n.Name)
		}
		tall, wide = float32(to[0])/float32(x.shape[1]), float32(to[1])/float32(x.shape[2])
	}
	mode := "asymmetric"
	switch {
	case n.flag("half_pixel_centers"):
		mode = "half_pixel"
	case n.flag("align_corners"):
		mode = "align_corners"
	}
	o := &value{name: c.fresh(), perm: channelsLast, shape: []int{x.shape[0], int(float32(x.shape[1]) * tall), int(float32(x.shape[2]) * wide), x.shape[3]}}
	c.node("Resize", []string{x.name, "", c.floats([]int{4}, []float32{1, 1, tall, wide})}, []string{o.name},
		attr{"mode", "linear"}, attr{"coordinate_transformation_mode", mode})
	return o
}
