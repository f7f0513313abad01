package portal

func (p *Portal) storybookRoutes() []route { return nil }
